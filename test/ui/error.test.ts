import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PycontainerError, type SourceLocation } from '../../src/errors.ts';
import { errorLines, formatError } from '../../src/ui/error.ts';

const at = (more: Partial<SourceLocation>): SourceLocation => ({ file: 'a.yaml', line: 7, column: 3, ...more });
const format = (location: SourceLocation): string[] =>
  formatError(new PycontainerError('manifest-invalid', 'no', { location }))
    .split('\n')
    .slice(1);

test('an error is its code and message, its hint below', () => {
  assert.equal(formatError(new PycontainerError('usage', 'too much')), 'error[usage]: too much');
  assert.equal(
    formatError(new PycontainerError('usage', 'too much', { hint: 'Say less.\nOr nothing.' })),
    'error[usage]: too much\n  = help: Say less.\n          Or nothing.',
  );
});

test('a message of several lines stays so', () => {
  assert.equal(formatError(new PycontainerError('usage', 'one\n  two')), 'error[usage]: one\n  two');
});

test('a place is shown with its line and a caret below what is meant', () => {
  assert.deepEqual(format(at({ text: '  key: value', length: 3 })), [
    ' --> a.yaml:7:3',
    '  |',
    '7 |   key: value',
    '  |   ^^^',
  ]);
});

test('the frame is as wide as the line’s number', () => {
  assert.deepEqual(format(at({ line: 1234, text: 'abc' })), [
    '    --> a.yaml:1234:3',
    '     |',
    '1234 | abc',
    '     |   ^',
  ]);
});

test('a place without its text is only named', () => {
  assert.deepEqual(format(at({})), [' --> a.yaml:7:3']);
});

test('tabs and characters of several code units keep the caret in place', () => {
  assert.equal(format(at({ column: 3, text: '\t\tx', length: 1 }))[3], '  | \t\t^');
  assert.equal(format(at({ column: 4, text: '👩x y', length: 1 }))[3], '  |    ^');
  assert.equal(format(at({ column: 3, text: '名前 y', length: 1 }))[3], '  |     ^');
  assert.equal(format(at({ column: 1, text: 'e\u0301e\u0301', length: 4 }))[3], '  | ^^');
});

test('a caret may stand behind the line’s end', () => {
  assert.equal(format(at({ column: 4, text: 'abc' }))[3], '  |    ^');
});

test('of a very long line the part around the caret is shown', () => {
  const [, , line = '', caret = ''] = format(
    at({ column: 501, text: `${'a'.repeat(500)}key${'b'.repeat(500)}`, length: 3 }),
  );
  assert.ok(line.length < 200);
  assert.match(line, /^7 \| …a{60}keyb{97}…$/);
  assert.equal(line.slice(caret.indexOf('^'), caret.indexOf('^') + 3), 'key');
});

test('errors that came together follow each other', () => {
  const other = new PycontainerError('usage', 'b', { hint: 'h' });
  assert.equal(
    formatError(new PycontainerError('usage', 'a', { others: [other, new PycontainerError('internal', 'c')] })),
    'error[usage]: a\n\nerror[usage]: b\n  = help: h\n\nerror[internal]: c',
  );
});

test('nothing that is shown can steer a terminal', () => {
  const location = at({ file: 'x\u001B[2J', text: 'a\u001B]0;title\u0007\u202E', column: 1 });
  const text = formatError(new PycontainerError('usage', 'm\u001B[31m\r', { hint: 'h\u009B1m', location }));
  // oxlint-disable-next-line no-control-regex
  assert.doesNotMatch(text, /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202E]/);
});

test('credentials in the line are not shown, and the caret stays', () => {
  const text = 'url: https://me:secret@a.example/simple';
  const [, , line, caret] = format(at({ column: 6, text, length: 34 }));
  assert.equal(line, '7 | url: https://*********@a.example/simple');
  assert.equal(caret, `  |      ${'^'.repeat(34)}`);
});

test('the parts of a line have their roles', () => {
  const error = new PycontainerError('usage', 'm', { hint: 'h', location: at({ text: 'abc' }) });
  assert.deepEqual(
    errorLines(error).map((parts) => parts.map(({ role }) => role).join(' ')),
    ['title message', 'frame place', 'frame', 'frame source', 'frame caret', 'frame hint'],
  );
});
