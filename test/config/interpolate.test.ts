import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { interpolate } from '../../src/config/interpolate.ts';

const variables: Readonly<Record<string, string>> = { A: 'a', EMPTY: '' };
const lookup = (name: string): string | undefined => variables[name];

const filled: readonly (readonly [string, string])[] = [
  ['plain', 'plain'],
  ['$A', 'a'],
  ['x${A}y', 'xay'],
  ['$A.$A', 'a.a'],
  ['${EMPTY}', ''],
  ['${A:-d}', 'a'],
  ['${B:-d}', 'd'],
  ['${B-d}', 'd'],
  ['${EMPTY:-d}', 'd'],
  ['${EMPTY-d}', ''],
  ['${B:-}', ''],
  ['${B:-${C:-${A}}}', 'a'],
  ['${B:-x$A}${A}', 'xaa'],
  ['${A:-${C}}', 'a'],
  ['${A:?words}', 'a'],
  ['${EMPTY?words}', ''],
  ['${A:+d}', 'd'],
  ['${EMPTY:+d}', ''],
  ['${EMPTY+d}', 'd'],
  ['${B+${C}}', ''],
  ['$$', '$'],
  ['$${A}', '${A}'],
  ['$$$A', '$a'],
  ['${B-}}', '}'],
  ['}', '}'],
];

for (const [text, expected] of filled) {
  test(`${text} becomes '${expected}'`, () => {
    assert.deepEqual(interpolate(text, lookup), { text: expected, flaws: [] });
  });
}

const refused: readonly (readonly [string, string, number, number])[] = [
  ['x${B}', 'The variable B is not set', 1, 4],
  ['$B', 'The variable B is not set', 0, 2],
  ['${B:?}', 'The variable B is not set', 0, 6],
  ['${B:?say ${C}}', 'The variable B is not set: say ${C}', 0, 14],
  ['${EMPTY:?words}', 'The variable EMPTY is not set: words', 0, 15],
  ['${B:-${C}}', 'The variable C is not set', 5, 4],
  ['a$', 'This dollar begins no variable', 1, 1],
  ['$(pwd)', 'This dollar begins no variable', 0, 1],
  ['$1', 'This dollar begins no variable', 0, 1],
  ['${}', "'${}' is not a variable", 0, 3],
  ['${1}', "'${1}' is not a variable", 0, 4],
  ['${A!}', "'${A!}' is not a variable", 0, 5],
  ['${A', "'${A' is not a variable", 0, 3],
  ['${A:-${A:-b}', "'${A:-${A:-b}' is not a variable", 0, 12],
];

for (const [text, message, at, length] of refused) {
  test(`${text} is refused: ${message}`, () => {
    const { flaws } = interpolate(text, lookup);
    assert.deepEqual(
      flaws.map((flaw) => [flaw.message, flaw.at, flaw.length]),
      [[message, at, length]],
    );
  });
}

test('every flaw of a text is told', () => {
  assert.equal(interpolate('${B} ${C} $', lookup).flaws.length, 3);
});

test('any text is answered, with flaws inside it, and nothing is filled into a text without dollars', () => {
  const piece = fc.constantFrom('$', '{', '}', ':', '-', '?', '+', 'A', 'B', 'EMPTY', ' ', '$$', '${A:-');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const text = pieces.join('');
      const { flaws, text: result } = interpolate(text, lookup);
      if (!text.includes('$')) assert.equal(result, text);
      for (const { at, length } of flaws) assert.ok(at >= 0 && length > 0 && at + length <= text.length);
    }),
    { numRuns: 500 },
  );
});

test('a dollar written twice comes out as it was meant, whatever surrounds it', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      assert.deepEqual(interpolate(text.replaceAll('$', '$$$$'), lookup), { text, flaws: [] });
    }),
  );
});
