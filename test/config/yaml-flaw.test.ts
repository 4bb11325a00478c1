import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PycontainerError } from '../../src/errors.ts';
import { yaml } from './manifests.ts';

/** What is said of a text, where, and what to do about it; of several mistakes the first. */
const flaws: readonly (readonly [text: string, place: string, message: string, hint: string])[] = [
  ['a: 1\na: 2\n', '2:1', 'This key stands twice in one map', 'Keep one of the two.'],
  ['a: !x y\n', '1:4', 'Tags of YAML have no meaning here', 'Write the value without a tag.'],
  ['a: 1\n---\nb: 2\n', '2:1', 'Only one document is allowed', 'Remove this line and what follows it.'],
  ['a:\n\tb: 1\n', '2:1', 'A tab cannot indent', 'Indent with blanks.'],
  [
    'a:\n    b: 1\n   c: 2\n',
    '3:4',
    'This begins in another column than what stands beside it',
    'Keys of one map begin in one column, and so do the items of one list.',
  ],
  ['a:\n  b: { c: 1\n  d: 2\n', '3:3', 'Before this a } is missing', 'Close the map that begins with {.'],
  ['a:\n  b: [ c\n  d: 2\n', '3:3', 'Before this a ] is missing', 'Close the list that begins with [.'],
  ['a: [b', '1:6', 'Before this a ] is missing', 'Close the list that begins with [.'],
  [
    'a:\n  b\n    c: 1\n',
    '2:3',
    'This key has no colon after it',
    'Write it as key: value, with a blank after the colon.',
  ],
  ['a: 1\nb\n', '2:1', 'This key has no colon after it', 'Write it as key: value, with a blank after the colon.'],
  [
    'a: b: c\n',
    '1:4',
    'A second map begins on this line',
    "A text with ': ' in it goes into quotes; a map begins on a line of its own.",
  ],
  ['a: @b\n', '1:4', 'A text cannot begin with @', 'Put it into quotes.'],
  [
    'a: "\\q"\n',
    '1:5',
    String.raw`\q has no meaning between double quotes`,
    String.raw`A backslash is written \\, or stands between single quotes.`,
  ],
  ['a: "b\nc: "d"\n', '1:4', 'The text that begins here has no " at its end', 'Close it with ".'],
  ["a: 1\nb: 'c\n", '2:4', "The text that begins here has no ' at its end", "Close it with '."],
  ['a: *b\n', '1:4', "No anchor is named 'b'", 'Write &b before the value.'],
  ['a: &b [*b]\n', '1:8', "'*b' contains itself", 'Move it out of what it stands for.'],
  ['a: { <<: 3 }\n', '1:6', "'<<' takes a map or a list of maps", 'Write <<: *name, where &name marks a map.'],
];

for (const [text, place, message, hint] of flaws) {
  test(`it is said what is wrong with ${JSON.stringify(text)}`, () => {
    assert.throws(
      () => yaml(text),
      (error) => {
        assert.ok(error instanceof PycontainerError);
        const { location } = error;
        assert.deepEqual(
          [`${location?.line}:${location?.column}`, error.message, error.hint, error.code],
          [place, message, hint, 'manifest-syntax'],
        );
        return true;
      },
    );
  });
}
