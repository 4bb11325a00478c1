import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { PycontainerError } from '../../src/errors.ts';
import { parseEnvFile, readEnvFile } from '../../src/run/env-file.ts';

const environment: Readonly<Record<string, string>> = { HOST: 'db', EMPTY: '' };

function parse(text: string): Record<string, string> {
  return Object.fromEntries(parseEnvFile(text, '.env', (name) => environment[name]));
}

function mistake(text: string): string {
  try {
    parse(text);
  } catch (error) {
    assert.ok(error instanceof PycontainerError && error.code === 'env-file-invalid');
    const { line, column, text: shown } = error.location ?? {};
    return `${line}:${column} ${error.message} | ${shown}`;
  }
  throw new Error('no mistake was found');
}

test('lines of every kind are read as Compose reads them', () => {
  const cases: readonly (readonly [string, Record<string, string>])[] = [
    ['A=1\nB = two words \n', { A: '1', B: 'two words' }],
    ['\uFEFFA=1\r\nB=2\r\n', { A: '1', B: '2' }],
    ['# a comment\n\n  export A=1', { A: '1' }],
    ['A: 1', { A: '1' }],
    ['A=', { A: '' }],
    ['A=x # comment', { A: 'x' }],
    ['A=x# none', { A: 'x# none' }],
    ['A= # comment', { A: '' }],
    ['A=#none', { A: '#none' }],
    ['A=a=b:c', { A: 'a=b:c' }],
    ["A='$HOST # \\'no\\' \\n' # comment", { A: "$HOST # 'no' \\n" }],
    ['A="a\\nb\\t\\"c\\" \\\\ \\$HOST $HOST \\z"', { A: 'a\nb\t"c" \\ $HOST db \\z' }],
    ['A="two\nlines"\nB=1', { A: 'two\nlines', B: '1' }],
    ["A='two\nlines'\nB=1", { A: 'two\nlines', B: '1' }],
    ['A=postgres://$HOST/${NAME:-shop}', { A: 'postgres://db/shop' }],
    ['A=1\nB=${A}2', { A: '1', B: '12' }],
    ['HOST=other\nB=$HOST', { HOST: 'other', B: 'db' }],
    ['A=5$$', { A: '5$' }],
    ['HOST\nGONE\nEMPTY', { HOST: 'db', EMPTY: '' }],
    ['A=1\nA=2', { A: '2' }],
    ['not-a.shell_name=1', { 'not-a.shell_name': '1' }],
    ['', {}],
  ];
  for (const [text, expected] of cases) assert.deepEqual(parse(text), expected, JSON.stringify(text));
});

test('mistakes are told with their place, and never with a value', () => {
  assert.equal(mistake('A=1\n=secret'), '2:1 a line is NAME=VALUE | •••••••');
  assert.equal(mistake('A secret'), "1:3 '=' is missing behind A | A ••••••");
  assert.equal(mistake('A="secret'), '1:3 this quote is never closed | A=•••••••');
  assert.equal(mistake('A="x" secret'), '1:6 only a comment may follow a closed quote | A=••••••••••');
  assert.equal(mistake('A=1\nB=x$GONE y'), '2:4 The variable GONE is not set | B=••••••••');
  assert.equal(mistake('A="x\ny=$GONE z"'), '2:3 The variable GONE is not set | ••••••••••');
  assert.equal(mistake('A=1\nB="\\n$GONE"'), '2:6 The variable GONE is not set | B=•••••••••');
});

test('a file that is not there is told where it is asked for', () => {
  const location = { file: 'pycontainer.yaml', line: 7, column: 16 };
  assert.throws(
    () => readEnvFile('/nowhere/.env', '.env', () => undefined, location),
    (error) => error instanceof PycontainerError && error.message === '.env is not there' && error.location?.line === 7,
  );
});

test('what is written in single quotes comes back as it was, whatever it is', () => {
  const value = fc.string({ unit: 'grapheme' }).filter((text) => !/[\\\r\uFEFF]/.test(text));
  fc.assert(
    fc.property(value, (text) => {
      assert.deepEqual(parse(`A='${text.replaceAll("'", "\\'")}'\nB=1`), { A: text, B: '1' });
    }),
    { numRuns: 200 },
  );
});

test('any text is read or refused, never anything else', () => {
  const piece = fc.constantFrom('A', '=', ':', ' ', '\n', '"', "'", '\\', '$', '{', '}', '#', 'HOST', 'export ', '\r');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      try {
        parse(pieces.join(''));
      } catch (error) {
        assert.ok(error instanceof PycontainerError, String(error));
      }
    }),
    { numRuns: 1000 },
  );
});
