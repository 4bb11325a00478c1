import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Entry } from '../../src/layer/entry.ts';
import { tarEntries, type TarHeader } from '../../src/layer/read.ts';
import { endOfArchive, paddingBytes, tarHeader } from '../../src/layer/tar.ts';
import { directory, file, symlink, trees } from './trees.ts';

async function read(entries: readonly Entry[]): Promise<TarHeader[]> {
  const blocks = entries.flatMap((entry) => [
    tarHeader(entry, entry.mtimeSeconds ?? 315532800),
    ...(entry.type === 'file' ? [Buffer.alloc(entry.sizeBytes + paddingBytes(entry.sizeBytes))] : []),
  ]);
  const headers: TarHeader[] = [];
  for await (const { header } of tarEntries(Readable.from([...blocks, endOfArchive]))) headers.push(header);
  return headers;
}

function expected(entry: Entry): TarHeader {
  const { type, path, mode, uid, gid, mtimeSeconds = 315532800 } = entry;
  const sizeBytes = entry.type === 'file' ? entry.sizeBytes : 0;
  const target = entry.type === 'symlink' || entry.type === 'hardlink' ? { target: entry.target } : {};
  return { path, type, mode, uid, gid, sizeBytes, mtimeSeconds, ...target };
}

test('tar-stream reads every header as it was meant', async () => {
  await fc.assert(
    fc.asyncProperty(trees, async (entries) => {
      assert.deepEqual(await read(entries), entries.map(expected));
    }),
    { numRuns: 60 },
  );
});

test('a header is one block unless ustar has no room', () => {
  const blocks = (entry: Entry, mtime = 0): number => tarHeader(entry, mtime).length / 512;
  const name = (length: number): string => 'n'.repeat(length);
  assert.equal(blocks(file(name(100), '')), 1);
  assert.equal(blocks(file(name(101), '')), 3);
  assert.equal(blocks(directory(name(99))), 1);
  assert.equal(blocks(directory(name(100))), 3);
  assert.equal(blocks(file(`${name(155)}/${name(100)}`, '')), 1);
  assert.equal(blocks(file(`${name(156)}/${name(99)}`, '')), 3);
  assert.equal(blocks(file(`${name(155)}/${name(101)}`, '')), 3);
  assert.equal(blocks(directory(`${name(155)}/${name(99)}`)), 1);
  assert.equal(blocks(directory(`${name(155)}/${name(100)}`)), 3);
  assert.equal(blocks(symlink('a', name(100))), 1);
  assert.equal(blocks(symlink('a', name(101))), 3);
  assert.equal(blocks(file('ä', '')), 3);
  assert.equal(blocks(file('a', '', { sizeBytes: 0o77777777777 })), 1);
  assert.equal(blocks(file('a', '', { sizeBytes: 0o77777777777 + 1 })), 3);
  assert.equal(blocks(file('a', '', { uid: 0o7777777 })), 1);
  assert.equal(blocks(file('a', '', { gid: 0o10000000 })), 3);
  assert.equal(blocks(file('a', ''), 0o77777777777), 1);
  assert.equal(blocks(file('a', ''), -1), 3);
});

test('a PAX record counts its own digits, also where they grow', async () => {
  for (const length of [82, 83, 84, 85, 86, 87, 981, 982, 983, 984, 985, 986, 987, 988]) {
    const path = `${'ä'.repeat(10)}${'n'.repeat(length)}`;
    assert.equal((await read([file(path, '')]))[0]?.path, path);
  }
});

test('a file beyond 8 GiB has its size in a PAX record', () => {
  const header = tarHeader(file('huge', '', { sizeBytes: 10_000_000_000 }), 0);
  assert.match(header.toString('latin1'), /20 size=10000000000\n/);
});
