import * as z from 'zod';
import { PycontainerError, type ErrorCode } from '../../errors.ts';

/**
 * The parts that the schema is made of. Validation sees every scalar as its text, after variables are filled in; each
 * leaf reads that text. Editors see the JSON Schema: there numbers and booleans are written as such, and a text with a
 * dollar in it may stand for anything.
 */

/** What a leaf adds to its JSON Schema. */
export interface LeafShape {
  /** Types that YAML may give it, besides text. */
  readonly types?: readonly ('integer' | 'number' | 'boolean')[];
  /** What a text must match if it has no variable in it. */
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly values?: readonly string[];
}

/** What validation needs to know about a leaf's mistake beside its message. */
export interface LeafMistake {
  readonly expects: string;
  readonly hint?: string | undefined;
  readonly code?: ErrorCode;
}

/**
 * A scalar that `parse` understands; undefined or an error of ours means that it does not.
 * `expects` completes "is not …".
 */
export function leaf<T>(
  expects: string,
  parse: (text: string) => T | undefined,
  shape: LeafShape = {},
  hint?: string,
): z.ZodType<T, string> {
  return z
    .string({ error: expects })
    .transform((text, context): T => {
      const fail = (message: string, mistake: LeafMistake): T => {
        context.issues.push({ code: 'custom', message, input: text, params: { ...mistake } });
        return z.NEVER;
      };
      if (text.includes('\0')) return fail('a NUL character cannot stand here', { expects });
      try {
        const value = parse(text);
        return value === undefined ? fail(`'${text}' is not ${expects}`, { expects, hint }) : value;
      } catch (error) {
        if (!(error instanceof PycontainerError)) throw error;
        return fail(error.message, { expects, hint: error.hint ?? hint, code: error.code });
      }
    })
    .meta(jsonOf(shape));
}

function jsonOf({ types = [], pattern, values, ...limits }: LeafShape): Record<string, unknown> {
  return {
    type: types.length === 0 ? 'string' : [...types, 'string'],
    ...(pattern === undefined ? {} : { pattern: `${pattern}|\\$` }),
    ...(values === undefined ? {} : { anyOf: [{ enum: values }, { pattern: '\\$' }] }),
    ...limits,
  };
}

/** A text that may be empty. */
export function anyText(): z.ZodType<string, string> {
  return leaf('a text', (text) => text, { types: ['number', 'boolean'] });
}

export function text(expects = 'a text that is not empty'): z.ZodType<string, string> {
  return leaf(expects, (text) => (text.trim() === '' ? undefined : text));
}

/** A text of which only the form is checked. */
export function textLike(
  expects: string,
  isRight: (text: string) => boolean,
  hint?: string,
): z.ZodType<string, string> {
  return leaf(expects, (text) => (isRight(text) ? text : undefined), {}, hint);
}

export function flag(): z.ZodType<boolean, string> {
  const parse = (text: string): boolean | undefined =>
    /^true$/i.test(text) ? true : /^false$/i.test(text) ? false : undefined;
  return leaf('true or false', parse, { types: ['boolean'], pattern: '^([Tt]rue|[Ff]alse)$' });
}

export function integer(minimum: number, maximum: number): z.ZodType<number, string> {
  const parse = (text: string): number | undefined => {
    const value = /^[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return value >= minimum && value <= maximum ? value : undefined;
  };
  const shape: LeafShape = { types: ['integer'], pattern: '^[0-9]+$', minimum, maximum };
  return leaf(`a whole number from ${minimum} to ${maximum}`, parse, shape);
}

export function choice<const T extends string>(...values: readonly T[]): z.ZodType<T, string> {
  const parse = (text: string): T | undefined => values.find((value) => value === text);
  return leaf(`one of ${values.join(', ')}`, parse, { values });
}

export function list<T>(item: z.ZodType<T>): z.ZodType<T[]> {
  return z.array(item, { error: 'a list' });
}

/** A map with keys of the user's choice; `keys` is what each must match. */
export function map<T>(value: z.ZodType<T>, keys: RegExp, keyExpects: string): z.ZodType<Record<string, T>> {
  const key = z.string().regex(keys, { error: keyExpects });
  return z.record(key, value, { error: 'a map' });
}

/** A map with known keys. `name` completes "is not a key of …". */
export function section<Shape extends z.core.$ZodLooseShape>(
  name: string,
  shape: Shape,
): z.ZodObject<Shape, z.core.$strict> {
  return z.strictObject(shape, { error: 'a map' }).meta({ title: name });
}

/** A key that may be left out. */
export function optional<T extends z.ZodType>(schema: T, description: string): z.ZodExactOptional<T> {
  return schema.exactOptional().describe(description);
}
