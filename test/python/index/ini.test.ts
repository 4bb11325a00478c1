import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IniError, parseIni } from '../../../src/python/index/ini.ts';

const read = (text: string) =>
  Object.fromEntries([...parseIni(text)].map(([name, section]) => [name, Object.fromEntries(section)]));

test('a value may go on in indented lines, over empty lines and comments', () => {
  const text = '[global]\nextra-index-url =\n  https://a/simple\n\n  # not this\n  https://b/simple\nTimeout: 5\n';
  assert.deepEqual(read(text), {
    global: { 'extra-index-url': '\nhttps://a/simple\nhttps://b/simple', timeout: '5' },
  });
});

test('the first of = and : divides, and what looks like a comment behind a value is part of it', () => {
  assert.deepEqual(read('[a]\nx = https://h/?a=b ; c # d\ny: 1 = 2\n'), {
    a: { x: 'https://h/?a=b ; c # d', y: '1 = 2' },
  });
});

test('a byte order mark, CRLF and sections that come twice are read', () => {
  assert.deepEqual(read('\uFEFF[a]\r\nx=1\r\n[b]\r\n[a]\r\nX=2\r\n'), { a: { x: '2' }, b: {} });
});

test('indented keys are keys, when nothing stands open', () => {
  assert.deepEqual(read('[a]\n  x = 1\n  y = 2\n'), { a: { x: '1', y: '2' } });
});

test('a line that is neither is an error with its number', () => {
  assert.throws(
    () => parseIni('[a]\n\nwhat\n'),
    (error) => error instanceof IniError && error.line === 3,
  );
  assert.throws(
    () => parseIni('x = 1\n'),
    (error) => error instanceof IniError && error.line === 1,
  );
});
