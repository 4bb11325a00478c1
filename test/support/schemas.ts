import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';

/** Checks against a committed schema of `schemas/`; throws what is wrong, with the value. */
export function validator(
  name: 'diff' | 'doctor' | 'events' | 'inspect' | 'metadata' | 'plan',
): (value: unknown) => void {
  const file = path.join(import.meta.dirname, `../../schemas/${name}.schema.json`);
  const validate = new Ajv2020({ strict: true }).compile(JSON.parse(readFileSync(file, 'utf8')) as object);
  return (value) => {
    if (!validate(value)) throw new Error(`${JSON.stringify(validate.errors)} in ${JSON.stringify(value)}`);
  };
}
