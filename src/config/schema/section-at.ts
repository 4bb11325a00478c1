import * as z from 'zod';

/** The map with known keys that stands at `path` in a schema; of alternatives the first that has one there. */
export function sectionAt(schema: unknown, path: readonly PropertyKey[]): z.ZodObject | undefined {
  if (schema instanceof z.ZodExactOptional) return sectionAt(schema.unwrap(), path);
  if (schema instanceof z.ZodPipe) return sectionAt(schema.in, path);
  if (schema instanceof z.ZodUnion) {
    for (const option of schema.options) {
      const found = sectionAt(option, path);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  const [key, ...rest] = path;
  if (key === undefined) return schema instanceof z.ZodObject ? schema : undefined;
  if (schema instanceof z.ZodObject) return sectionAt(schema.shape[String(key)], rest);
  if (schema instanceof z.ZodArray) return sectionAt(schema.element, rest);
  return schema instanceof z.ZodRecord ? sectionAt(schema.valueType, rest) : undefined;
}
