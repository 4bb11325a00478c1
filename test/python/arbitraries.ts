import * as fc from 'fast-check';

const number = fc.oneof(fc.constantFrom('0', '1', '2', '10', '01'), fc.bigInt(0n, 10n ** 30n).map(String));

const optional = (text: fc.Arbitrary<string>): fc.Arbitrary<string> => fc.oneof(fc.constant(''), text);

const joined = (...parts: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc.tuple(...parts).map((texts) => texts.join(''));

/** Versions in all kinds of spellings, close enough to each other that some are equal. */
export const versions: fc.Arbitrary<string> = joined(
  optional(fc.constantFrom('v', '1!', '0!')),
  fc.array(number, { minLength: 1, maxLength: 4 }).map((numbers) => numbers.join('.')),
  optional(joined(fc.constantFrom('a', '-b', '_rc', '.c', 'ALPHA', 'preview'), optional(number))),
  optional(joined(fc.constantFrom('.post', 'rev', '_r'), optional(number))),
  optional(joined(fc.constantFrom('.dev', 'DEV', '-dev'), optional(number))),
  optional(joined(fc.constantFrom('+'), fc.constantFrom('a', '1', 'a.1', '01', 'Ubuntu-1', '1a'))),
);

/** Texts that a parser could stumble over: pieces of its grammar in any order. */
export function textsOf(pieces: readonly string[]): fc.Arbitrary<string> {
  return fc
    .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 2 })), { maxLength: 12 })
    .map((parts) => parts.join(''));
}

/** What the grammar of requirements, specifiers and markers consists of. */
export const pieces: readonly string[] = [
  'name',
  'A.b_c',
  '[',
  ']',
  ',',
  ' ',
  '\t',
  '\n',
  '(',
  ')',
  '@',
  ';',
  '"',
  "'",
  '\\',
  '>=1.0',
  '==1.*',
  '~=2.1',
  '===x',
  '<',
  'python_version',
  'os.name',
  'extra',
  'extras',
  '"3.8"',
  "'linux'",
  'and',
  'or',
  'in',
  'not in',
  '==',
];
