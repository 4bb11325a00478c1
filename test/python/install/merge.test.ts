import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PycontainerError } from '../../../src/errors.ts';
import { findConflicts } from '../../../src/python/install/merge.ts';

/** A package whose files have these contents, by path. */
function pack(name: string, contents: Readonly<Record<string, string>>): Parameters<typeof findConflicts>[0][number] {
  const files = Object.entries(contents).map(([path, text]) => ({ path, sizeBytes: text.length, sha256: text }));
  return { name, files };
}

test('equal bytes and shared folders are silent', () => {
  assert.deepEqual(
    findConflicts([pack('a', { 'x/f': 'same', 'x/a': '1' }), pack('b', { 'x/f': 'same', 'x/b': '2' })]),
    [],
  );
});

test('of different bytes the later package wins, each time one more comes', () => {
  const packages = ['a', 'b', 'c'].map((name) => pack(name, { f: name }));
  assert.deepEqual(findConflicts(packages), [
    { path: 'f', first: 'a', second: 'b', winner: 'b' },
    { path: 'f', first: 'b', second: 'c', winner: 'c' },
  ]);
});

test('a path that is a file for one and a folder for another is refused', () => {
  const file = pack('a', { x: '' });
  const tree = pack('b', { 'x/y/f': '' });
  for (const packages of [
    [file, tree],
    [tree, file],
  ]) {
    assert.throws(
      () => findConflicts(packages),
      (error) =>
        error instanceof PycontainerError &&
        error.code === 'wheel-conflict' &&
        /file of a .* folder of b/.test(error.message),
    );
  }
});
