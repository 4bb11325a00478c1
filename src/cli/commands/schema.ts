import { manifestJsonSchema } from '../../config/schema/json.ts';

/** Prints the JSON Schema of the manifest. */
export function schemaCommand(): void {
  process.stdout.write(`${JSON.stringify(manifestJsonSchema(), undefined, 2)}\n`);
}
