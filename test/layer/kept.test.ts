import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { digestOf } from '../../src/oci/digest.ts';
import type { Entry, FileEntry } from '../../src/layer/entry.ts';
import { type MadeLayer, makeLayer, type MakeLayerOptions } from '../../src/layer/make.ts';
import { Store } from '../../src/store/store.ts';
import { temporaryStore } from '../store/folder.ts';
import { bytesOf, readLayer } from './readers.ts';
import { bytesFrom, file, trees } from './trees.ts';

function make(store: Store, entries: readonly Entry[], more: Partial<MakeLayerOptions> = {}): Promise<MadeLayer> {
  return makeLayer(entries, { store, compression: { type: 'gzip' }, mtimeSeconds: 0, describeFiles: true, ...more });
}

const edits = fc.array(
  fc.record({
    at: fc.nat(),
    kind: fc.constantFrom('change', 'grow', 'remove', 'add', 'mode'),
    seed: fc.nat(),
    size: fc.oneof(fc.integer({ min: 0, max: 5000 }), fc.constantFrom(70_000, 600_000)),
  }),
  { minLength: 1, maxLength: 4 },
);

function edited(
  entries: readonly Entry[],
  changes: readonly { at: number; kind: string; seed: number; size: number }[],
): Entry[] {
  const result = [...entries];
  for (const { at, kind, seed, size } of changes) {
    const index = at % Math.max(result.length, 1);
    const entry = result[index];
    if (kind === 'add' || entry === undefined) result.push(file(`new${seed}/${at}`, bytesFrom(seed, size)));
    else if (kind === 'remove') result.splice(index, 1);
    else if (kind === 'mode') result[index] = { ...entry, mode: entry.mode ^ 0o100 };
    else if (entry.type === 'file') {
      const bytes = kind === 'grow' ? Buffer.concat([bytesOf(entry), Buffer.from('!')]) : bytesFrom(seed, size);
      result[index] = file(entry.path, bytes, { mode: entry.mode });
    }
  }
  return [...new Map(result.map((entry) => [entry.path, entry])).values()];
}

const large = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 20_000 })), { minLength: 40, maxLength: 60 });

for (const type of ['gzip', 'zstd', 'none'] as const) {
  test(`with kept pieces a ${type} layer has the bytes that it has when made from nothing`, async () => {
    await using at = await temporaryStore();
    await using bare = await temporaryStore();
    await fc.assert(
      fc.asyncProperty(trees, large, fc.array(edits, { minLength: 1, maxLength: 3 }), async (tree, files, rounds) => {
        let entries: Entry[] = [
          ...tree,
          ...files.map(([seed, size], index) => file(`src0/f${index}`, bytesFrom(seed, size))),
        ];
        for (const round of [[], ...rounds]) {
          entries = edited(entries, round);
          const compression = { type };
          const kept = await make(at.store, entries, { compression, keepPieces: 'app' });
          assert.deepEqual(kept, await make(bare.store, entries, { compression }));
        }
      }),
      { numRuns: 12 },
    );
  });
}

/** 400 files on disk, with their hashes known. */
function filesOnDisk(folder: string, seed = 0): FileEntry[] {
  return Array.from({ length: 400 }, (_, index) => {
    const name = path.join(folder, `f${index}`);
    const bytes = bytesFrom(index + seed, 4000 + (index % 7) * 100);
    fs.writeFileSync(name, bytes);
    const content = { kind: 'path', path: name, sha256: digestOf(bytes).slice(7) } as const;
    return { ...file(`app/f${index}`, bytes), content };
  });
}

test('files whose hash is given are not read when their piece is kept', async () => {
  await using at = await temporaryStore();
  const entries = filesOnDisk(at.folder);
  const first = await make(at.store, entries, { keepPieces: 'app' });
  for (const { content } of entries) if (content.kind === 'path') fs.rmSync(content.path);
  assert.deepEqual(await make(at.store, entries, { keepPieces: 'app' }), first);
  await assert.rejects(make(at.store, entries), { code: 'file-changed-while-read' });
  await assert.rejects(make(at.store, entries, { keepPieces: 'another' }), { code: 'file-changed-while-read' });
});

test('a change of one small file re-makes few pieces', async () => {
  await using at = await temporaryStore();
  const entries = filesOnDisk(at.folder);
  await make(at.store, entries, { keepPieces: 'app' });
  for (const { content } of entries) if (content.kind === 'path') fs.rmSync(content.path);
  const again = entries.map((entry, index) => (index === 200 ? file(entry.path, 'short') : entry));
  const read = new Set<string>();
  for (let tries = 0; tries < entries.length; tries++) {
    try {
      await make(at.store, again, { keepPieces: 'app' });
      break;
    } catch (error) {
      const missing = /(f[0-9]+) changed while it was read/.exec(String(error))?.[1] ?? '';
      fs.writeFileSync(
        path.join(at.folder, missing),
        bytesOf(file('', bytesFrom(Number(missing.slice(1)), 4000 + (Number(missing.slice(1)) % 7) * 100))),
      );
      read.add(missing);
    }
  }
  assert.ok(read.size > 0);
  assert.ok(read.size * 4500 < 2 * 256 * 1024, `${read.size} files read again`);
});

test('kept pieces whose layer is damaged or gone are made anew', async () => {
  await using at = await temporaryStore();
  const entries = filesOnDisk(at.folder);
  const first = await make(at.store, entries, { keepPieces: 'app' });
  const blob = at.store.blobPath(first.digest);
  const damaged = fs.readFileSync(blob);
  for (let byte = 100; byte < damaged.length; byte += 5000) damaged[byte] = damaged[byte]! ^ 1;
  fs.writeFileSync(blob, damaged);
  assert.deepEqual(await make(at.store, entries, { keepPieces: 'app' }), first);
  assert.equal((await readLayer(at.store, first)).length, entries.length);
  fs.rmSync(blob);
  assert.deepEqual(await make(at.store, entries, { keepPieces: 'app' }), first);
});

test('a kept index survives the process', async () => {
  await using at = await temporaryStore();
  const entries = filesOnDisk(at.folder);
  const first = await make(at.store, entries, { keepPieces: true });
  for (const { content } of entries) if (content.kind === 'path') fs.rmSync(content.path);
  assert.deepEqual(await make(await Store.open(at.store.directory), entries, { keepPieces: true }), first);
});
