import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import zlib from 'node:zlib';
import * as fc from 'fast-check';
import type { Entry, FileEntry, ZipMember } from '../../src/layer/entry.ts';
import { type MadeLayer, makeLayer } from '../../src/layer/make.ts';
import type { Store } from '../../src/store/store.ts';
import { leftovers, temporaryStore } from '../store/folder.ts';
import { ArchiveBuilder } from './archive.ts';
import { hashesOf, readLayer } from './readers.ts';
import { bytesFrom, file } from './trees.ts';

type CompressionType = 'gzip' | 'zstd' | 'none';

function make(store: Store, entries: readonly Entry[], type: CompressionType = 'gzip'): Promise<MadeLayer> {
  return makeLayer(entries, { store, compression: { type }, mtimeSeconds: 0, describeFiles: true });
}

function withContent(entry: FileEntry, change: Partial<ZipMember>): FileEntry {
  if (entry.content.kind !== 'zip-member') throw new Error('no member');
  return { ...entry, content: { ...entry.content, ...change } };
}

const streams = fc.record({
  seed: fc.nat(),
  size: fc.oneof(fc.integer({ min: 0, max: 40_000 }), fc.integer({ min: 16_384, max: 700_000 })),
  stored: fc.boolean(),
  how: fc.record({
    level: fc.integer({ min: 0, max: 9 }),
    memLevel: fc.integer({ min: 1, max: 9 }),
    strategy: fc.integer({ min: 0, max: 4 }),
  }),
});

test('a layer of archive members is that of their contents, whatever made their streams', async () => {
  await using at = await temporaryStore();
  await fc.assert(
    fc.asyncProperty(fc.array(streams, { minLength: 1, maxLength: 6 }), async (members) => {
      const archive = new ArchiveBuilder(path.join(at.folder, 'archive'));
      const contents = members.map(({ seed, size }) => bytesFrom(seed, size));
      const entries = members.map(({ stored, how }, index) => {
        const bytes = contents[index]!;
        return stored
          ? archive.addStored(`m${index}`, bytes)
          : archive.add(`m${index}`, bytes, zlib.deflateRawSync(bytes, how));
      });
      const plain = contents.map((bytes, index) => file(`m${index}`, bytes));
      const expected = await make(at.store, plain);
      for (const type of ['gzip', 'zstd', 'none'] as const) {
        const layer = await make(at.store, entries, type);
        assert.equal(layer.diffId, expected.diffId);
        assert.deepEqual(hashesOf(layer), hashesOf(expected));
        assert.deepEqual(await readLayer(at.store, layer), await readLayer(at.store, expected));
      }
    }),
    { numRuns: 25 },
  );
});

test('a large member is carried over, not deflated anew, and the layer stays one gzip member', async () => {
  await using at = await temporaryStore();
  const archive = new ArchiveBuilder(path.join(at.folder, 'archive'));
  const bytes = bytesFrom(1, 500_000);
  const stream = zlib.deflateRawSync(bytes, { level: 1, memLevel: 1 });
  const layer = await make(at.store, [archive.add('m', bytes, stream)]);
  const blob = await at.store.readBlob(layer.digest);
  const inner = stream.subarray(100, stream.length >> 1);
  assert.ok(blob.includes(inner));
  assert.equal(zlib.inflateRawSync(blob.subarray(10, -8)).length, layer.uncompressedSizeBytes);
});

test('a member too large for memory gives the bytes of a small one: its stream between its neighbours', async () => {
  await using at = await temporaryStore();
  const archive = new ArchiveBuilder(path.join(at.folder, 'archive'));
  const bytes = Buffer.concat([bytesFrom(1, 200_000), Buffer.alloc(6 << 20), bytesFrom(2, 3_000_000)]);
  const stream = zlib.deflateRawSync(bytes);
  assert.ok(stream.length > 2 << 20);
  const layer = await make(at.store, [archive.add('m', bytes, stream), file('n', 'next')]);
  const blob = await at.store.readBlob(layer.digest);
  assert.ok(blob.includes(stream.subarray(100, 1 << 20)));
  const tar = zlib.gunzipSync(blob);
  assert.ok(tar.subarray(512, 512 + bytes.length).equals(bytes));
  assert.ok(tar.includes('next'));
});

test('a stream whose data has a tail that is none of its own is carried over without it', async () => {
  await using at = await temporaryStore();
  const archive = new ArchiveBuilder(path.join(at.folder, 'archive'));
  const bytes = bytesFrom(1, 50_000);
  const layer = await make(at.store, [archive.add('m', bytes, Buffer.concat([zlib.deflateRawSync(bytes), bytes]))]);
  assert.ok(zlib.gunzipSync(await at.store.readBlob(layer.digest)).includes(bytes));
});

const sizes = { small: 3000, carried: 100_000, huge: (8 << 20) + 5 } as const;
for (const [name, size] of Object.entries(sizes)) {
  const bytes = name === 'huge' ? Buffer.alloc(size, 'zeros') : bytesFrom(7, size);
  const stream = zlib.deflateRawSync(bytes);
  const damages: Record<string, (entry: FileEntry) => FileEntry> = {
    'has another CRC-32': (entry) => withContent(entry, { crc32: 12345 }),
    'is shorter than it should be': (entry) => ({ ...entry, sizeBytes: entry.sizeBytes + 1 }),
    'is longer than it should be': (entry) => ({ ...entry, sizeBytes: entry.sizeBytes - 1 }),
    'is cut off': (entry) => withContent(entry, { compressedSizeBytes: stream.length - 3 }),
    'is no deflate stream': (entry) => withContent(entry, { offset: 5 }),
  };
  for (const [what, damage] of Object.entries(damages)) {
    test(`a ${name} member that ${what} is refused`, async () => {
      await using at = await temporaryStore();
      const archive = new ArchiveBuilder(path.join(at.folder, 'archive'));
      const entry = damage(archive.add('m', bytes, stream));
      fs.appendFileSync(path.join(at.folder, 'archive'), Buffer.alloc(100));
      await assert.rejects(make(at.store, [entry]), { code: 'wheel-invalid', message: /'m' is damaged/ });
      assert.deepEqual(leftovers(at.store), []);
    });
  }
}

for (const size of [100, 20_000]) {
  test(`a member of ${size} bytes that says to take gigabytes is refused before they are read`, async () => {
    await using at = await temporaryStore();
    const archive = new ArchiveBuilder(path.join(at.folder, 'archive'));
    const entry = withContent(archive.add('m', bytesFrom(1, size)), { compressedSizeBytes: 3 * 2 ** 30 });
    await assert.rejects(make(at.store, [entry]), { code: 'wheel-invalid' });
  });
}

test('an archive that has become shorter is refused', async () => {
  await using at = await temporaryStore();
  const archive = new ArchiveBuilder(path.join(at.folder, 'archive'));
  const entry = archive.add('m', bytesFrom(1, 50_000));
  fs.truncateSync(path.join(at.folder, 'archive'), 1000);
  await assert.rejects(make(at.store, [entry]), { code: 'file-changed-while-read' });
});
