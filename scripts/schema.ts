import { readFileSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
import { manifestJsonSchema } from '../src/config/schema/json.ts';
import { eventSchema } from '../src/ui/schema/events.ts';
import { metadataSchema } from '../src/ui/schema/metadata.ts';
import { planSchema } from '../src/ui/schema/plan.ts';

/** The JSON Schemas that are generated from the product's own, by the path that they are committed under. */
const schemas: Readonly<Record<string, () => object>> = {
  'pycontainer.schema.json': manifestJsonSchema,
  'schemas/events.schema.json': () => outputSchema(eventSchema),
  'schemas/metadata.schema.json': () => outputSchema(metadataSchema),
  'schemas/plan.schema.json': () => outputSchema(planSchema),
};

/** What the program writes. */
function outputSchema(schema: z.ZodType): object {
  return z.toJSONSchema(schema, { io: 'output', target: 'draft-2020-12', unrepresentable: 'throw' });
}

const root = new URL('..', import.meta.url);
const isCheck = process.argv.includes('--check');
for (const [path, generate] of Object.entries(schemas)) {
  const file = new URL(path, root);
  const text = `${JSON.stringify(generate(), undefined, 2)}\n`;
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
