import * as z from 'zod';
import { manifestSchema } from './manifest.ts';

/** The JSON Schema of what a person writes, variables not filled in: pycontainer.schema.json. Draft 7 is what editors know. */
export function manifestJsonSchema(): object {
  return z.toJSONSchema(manifestSchema, { io: 'input', target: 'draft-7', unrepresentable: 'throw' });
}
