import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { PycontainerError } from '../../../src/errors.ts';
import { findConflicts } from '../../../src/python/install/merge.ts';
import type { Entry } from '../../../src/layer/entry.ts';

const common = { uid: 0, gid: 0 };

function folder(path: string): Entry {
  return { type: 'directory', path, mode: 0o755, ...common };
}

function bytes(path: string, text: string): Entry {
  const content = { kind: 'bytes', bytes: Buffer.from(text) } as const;
  return { type: 'file', path, mode: 0o644, sizeBytes: text.length, content, ...common };
}

function member(path: string, text: string): Entry {
  const place = { archive: '/x.whl', offset: 0, compressedSizeBytes: text.length, method: 0 } as const;
  const content = { kind: 'zip-member', crc32: crc32(text), ...place } as const;
  return { type: 'file', path, mode: 0o644, sizeBytes: text.length, content, ...common };
}

test('equal bytes and shared folders are silent, wherever the bytes stand', () => {
  const packages = [
    { name: 'a', entries: [folder('x'), bytes('x/f', 'same')] },
    { name: 'b', entries: [folder('x'), member('x/f', 'same')] },
  ];
  assert.deepEqual(findConflicts(packages), []);
});

test('of different bytes the later package wins, each time one more comes', () => {
  const packages = ['a', 'b', 'c'].map((name) => ({ name, entries: [member('f', name)] }));
  assert.deepEqual(findConflicts(packages), [
    { path: 'f', first: 'a', second: 'b', winner: 'b' },
    { path: 'f', first: 'b', second: 'c', winner: 'c' },
  ]);
});

test('a path that is a file for one and a folder for another is refused', () => {
  const file = { name: 'a', entries: [bytes('x', '')] };
  const tree = { name: 'b', entries: [folder('x'), bytes('x/f', '')] };
  for (const packages of [
    [file, tree],
    [tree, file],
  ]) {
    assert.throws(
      () => findConflicts(packages),
      (error) => error instanceof PycontainerError && error.code === 'wheel-conflict',
    );
  }
});
