import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { contentSlices, sliceBytes } from '../../src/layer/content.ts';
import type { FileEntry } from '../../src/layer/entry.ts';
import { makeLayer } from '../../src/layer/make.ts';
import { Archives } from '../../src/layer/member.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { leftovers, temporaryStore } from '../store/folder.ts';
import { bytesFrom, file } from './trees.ts';

/** An entry for a file on disk that holds `bytes`, with `sha256` if it is to be checked. */
function onDisk(
  folder: string,
  bytes: Buffer,
  sha256?: string,
): FileEntry & { content: { kind: 'path'; path: string } } {
  const name = path.join(folder, 'file');
  fs.writeFileSync(name, bytes);
  return { ...file('f', bytes), content: { kind: 'path', path: name, ...(sha256 === undefined ? {} : { sha256 }) } };
}

const sizes = { small: 1000, large: 3 * sliceBytes + 17 };
for (const [name, size] of Object.entries(sizes)) {
  const bytes = bytesFrom(1, size);
  const changes: Record<string, (file: string) => void> = {
    longer: (file) => fs.appendFileSync(file, 'x'),
    shorter: (file) => fs.truncateSync(file, size - 1),
    'other bytes': (file) => fs.writeFileSync(file, bytesFrom(2, size)),
  };
  for (const [what, change] of Object.entries(changes)) {
    test(`a ${name} file that is found with ${what} than planned is refused`, async () => {
      await using at = await temporaryStore();
      const entry = onDisk(at.folder, bytes, digestOf(bytes).slice(7));
      change(entry.content.path);
      const making = makeLayer([entry], { store: at.store, compression: { type: 'gzip' }, mtimeSeconds: 0 });
      await assert.rejects(making, { code: 'file-changed-while-read', message: /file changed/, hint: /Build again/ });
      assert.deepEqual(leftovers(at.store), []);
    });
  }

  test(`a ${name} file that is gone, a folder or not allowed is refused`, async () => {
    await using at = await temporaryStore();
    const entry = onDisk(at.folder, bytes);
    const make = () => makeLayer([entry], { store: at.store, compression: { type: 'gzip' }, mtimeSeconds: 0 });
    fs.rmSync(entry.content.path);
    await assert.rejects(make(), { code: 'file-changed-while-read', message: /ENOENT/ });
    fs.mkdirSync(entry.content.path);
    await assert.rejects(make(), (error: { code?: string }) =>
      ['file-unreadable', 'file-changed-while-read'].includes(error.code ?? ''),
    );
    assert.deepEqual(leftovers(at.store), []);
  });
}

test('an empty file that is no longer empty is refused', async () => {
  await using at = await temporaryStore();
  const entry = onDisk(at.folder, Buffer.alloc(0));
  fs.writeFileSync(entry.content.path, 'x');
  const making = makeLayer([entry], { store: at.store, compression: { type: 'none' }, mtimeSeconds: 0 });
  await assert.rejects(making, { code: 'file-changed-while-read' });
});

test('a large file that is written to while it is read is refused before its last slice', async () => {
  await using at = await temporaryStore();
  const bytes = bytesFrom(1, sizes.large);
  const entry = onDisk(at.folder, bytes);
  const slices = contentSlices(entry, new Archives());
  assert.ok((await slices.next()).value instanceof Buffer);
  fs.utimesSync(entry.content.path, 1, 1);
  await assert.rejects(Array.fromAsync(slices), { code: 'file-changed-while-read' });
});

test('slices fall at fixed offsets, whatever holds the content', async () => {
  await using at = await temporaryStore();
  const bytes = bytesFrom(3, sizes.large);
  for (const entry of [file('f', bytes), onDisk(at.folder, bytes)]) {
    const hashes: string[] = [];
    const slices = await Array.fromAsync(contentSlices(entry, new Archives(), (sha256) => hashes.push(sha256)));
    assert.deepEqual(
      slices.map(({ length }) => length),
      [sliceBytes, sliceBytes, sliceBytes, 17],
    );
    assert.ok(Buffer.concat(slices).equals(bytes));
    assert.deepEqual(hashes, [digestOf(bytes).slice(7)]);
  }
});

test('slices stand in the memory that is given for them, one after the other', async () => {
  await using at = await temporaryStore();
  const bytes = bytesFrom(3, sizes.large);
  for (const entry of [file('f', bytes), onDisk(at.folder, bytes)]) {
    const given: Buffer[] = [];
    const memory = (sizeBytes: number): Buffer => {
      given.push(Buffer.alloc(sizeBytes));
      return given.at(-1) ?? Buffer.alloc(0);
    };
    const slices = await Array.fromAsync(contentSlices(entry, new Archives(), undefined, memory));
    assert.equal(slices.length, 4);
    for (const [index, slice] of slices.entries()) assert.equal(slice, given[index]);
    assert.ok(Buffer.concat(slices).equals(bytes));
  }
});
