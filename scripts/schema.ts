import { readFileSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
import { manifestJsonSchema } from '../src/config/schema/json.ts';
import { diffSchema } from '../src/ui/schema/diff.ts';
import { doctorSchema } from '../src/ui/schema/doctor.ts';
import { eventSchema } from '../src/ui/schema/events.ts';
import { inspectSchema } from '../src/ui/schema/inspect.ts';
import { metadataSchema } from '../src/ui/schema/metadata.ts';
import { planSchema } from '../src/ui/schema/plan.ts';
import { errorsPage } from './errors-page.ts';
import { manifestPage } from './manifest-page.ts';

/** What is generated from the product's own tables and types, by the path that it is committed under. */
const files: Readonly<Record<string, () => string>> = {
  'docs/errors.md': errorsPage,
  'docs/manifest.md': manifestPage,
  'pycontainer.schema.json': () => json(manifestJsonSchema()),
  'schemas/diff.schema.json': () => outputSchema(diffSchema),
  'schemas/doctor.schema.json': () => outputSchema(doctorSchema),
  'schemas/events.schema.json': () => outputSchema(eventSchema),
  'schemas/inspect.schema.json': () => outputSchema(inspectSchema),
  'schemas/metadata.schema.json': () => outputSchema(metadataSchema),
  'schemas/plan.schema.json': () => outputSchema(planSchema),
};

/** What the program writes. */
function outputSchema(schema: z.ZodType): string {
  return json(z.toJSONSchema(schema, { io: 'output', target: 'draft-2020-12', unrepresentable: 'throw' }));
}

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

const root = new URL('..', import.meta.url);
const isCheck = process.argv.includes('--check');
for (const [path, generate] of Object.entries(files)) {
  const file = new URL(path, root);
  const text = generate();
  if (!isCheck) writeFileSync(file, text);
  else if (currentText(file) !== text) {
    console.error(`${path} is not what the code says: run \`npm run schema\` and commit it`);
    process.exitCode = 1;
  }
}

function currentText(file: URL): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
