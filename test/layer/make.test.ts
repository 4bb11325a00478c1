import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import zlib from 'node:zlib';
import * as fc from 'fast-check';
import { digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/manifest.ts';
import { encoderDifference } from '../../src/layer/encoder.ts';
import type { Entry } from '../../src/layer/entry.ts';
import { type MadeLayer, makeLayer, type MakeLayerOptions } from '../../src/layer/make.ts';
import type { Store } from '../../src/store/store.ts';
import { leftovers, temporaryStore } from '../store/folder.ts';
import { describe, hashesOf, hasProgram, readLayer } from './readers.ts';
import { bytesFrom, directory, file, hardlink, symlink, trees } from './trees.ts';

const mtimeSeconds = 315532800;
const gzip = { type: 'gzip' } as const;

function make(store: Store, entries: readonly Entry[], more: Partial<MakeLayerOptions> = {}): Promise<MadeLayer> {
  return makeLayer(entries, { store, compression: gzip, mtimeSeconds, ...more });
}

function sample(): Entry[] {
  return [
    directory('app'),
    file('app/main.py', 'print(1)\n', { mode: 0o755 }),
    file('app/empty', ''),
    file('app/large.bin', bytesFrom(1, 1_500_000)),
    ...Array.from({ length: 60 }, (_, index) => file(`app/mod${index}.py`, bytesFrom(index, 9000))),
    symlink('app/link', '../etc'),
    file(`app/${'deep/'.repeat(40)}näme.txt`, 'deep'),
    hardlink('app/zz-again', 'app/main.py'),
  ];
}

for (const type of ['gzip', 'zstd', 'none'] as const) {
  test(`any tree made into a ${type} layer is read back entry for entry, in byte order`, async () => {
    await using at = await temporaryStore();
    await fc.assert(
      fc.asyncProperty(trees, async (entries) => {
        const layer = await make(at.store, entries, { compression: { type } });
        const sorted = entries.toSorted((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
        assert.deepEqual(
          await readLayer(at.store, layer),
          sorted.map((entry) => describe(entry, mtimeSeconds)),
        );
      }),
      { numRuns: 25 },
    );
  });

  test(`a ${type} layer says the truth about itself`, async () => {
    await using at = await temporaryStore();
    const layer = await make(at.store, sample(), { compression: { type } });
    const blob = await at.store.readBlob(layer.digest);
    const tar = { gzip: zlib.gunzipSync, zstd: () => undefined, none: (bytes: Buffer) => bytes }[type](blob);
    assert.equal(layer.sizeBytes, blob.length);
    if (tar !== undefined) {
      assert.equal(layer.diffId, digestOf(tar));
      assert.equal(layer.uncompressedSizeBytes, tar.length);
    }
    assert.equal(
      layer.mediaType,
      { gzip: mediaTypes.layerGzip, zstd: mediaTypes.layerZstd, none: mediaTypes.layer }[type],
    );
  });
}

test('all compressions give one DiffId', async () => {
  await using at = await temporaryStore();
  const layers = await Promise.all(
    (['gzip', 'zstd', 'none'] as const).map((type) => make(at.store, sample(), { compression: { type } })),
  );
  assert.equal(new Set(layers.map(({ diffId }) => diffId)).size, 1);
});

test('the order in which entries are given never matters', async () => {
  await using at = await temporaryStore();
  await fc.assert(
    fc.asyncProperty(trees, fc.infiniteStream(fc.double({ noNaN: true })), async (entries, numbers) => {
      const shuffled = entries
        .map((entry) => ({ entry, rank: numbers.next().value ?? 0 }))
        .toSorted((a, b) => a.rank - b.rank)
        .map(({ entry }) => entry);
      assert.deepEqual(await make(at.store, shuffled), await make(at.store, entries));
    }),
    { numRuns: 15 },
  );
});

test('the bytes are those that were always made', async () => {
  await using at = await temporaryStore();
  const layer = await make(at.store, sample());
  assert.equal(layer.diffId, 'sha256:0975bbecd304fe3cebaca24bed9d91306a3f81ea7af0bd7ef2c8f837e6950511');
  if (encoderDifference === '')
    assert.equal(layer.digest, 'sha256:4f89ea5fb0363835bc056d9b3922cf032510118a8784aeef4a2a3789cc588643');
});

test('a gzip layer is one member, with nothing of this machine in its header', async () => {
  await using at = await temporaryStore();
  const layer = await make(at.store, sample());
  const blob = await at.store.readBlob(layer.digest);
  assert.equal(blob.subarray(0, 10).toString('hex'), '1f8b08000000000000ff');
  const oneMember = zlib.inflateRawSync(blob.subarray(10, -8));
  assert.equal(oneMember.length, layer.uncompressedSizeBytes);
});

test('pieces cost less than a twentieth against one deflate stream', async () => {
  await using at = await temporaryStore();
  const layer = await make(at.store, sample());
  const whole = zlib.gzipSync(zlib.gunzipSync(await at.store.readBlob(layer.digest)));
  assert.ok(layer.sizeBytes < whole.length * 1.05, `${layer.sizeBytes} against ${whole.length}`);
});

test('of linked files the first in order carries the content', async () => {
  await using at = await temporaryStore();
  const layer = await make(at.store, [hardlink('a', 'b'), file('b', 'x'), hardlink('c', 'b')], { describeFiles: true });
  assert.deepEqual(await readLayer(at.store, layer), [
    `file a 420 0 0 ${mtimeSeconds} 78`,
    `hardlink b 420 0 0 ${mtimeSeconds} a`,
    `hardlink c 420 0 0 ${mtimeSeconds} a`,
  ]);
  const sha256 = digestOf('x').slice(7);
  assert.deepEqual(hashesOf(layer), { a: sha256, b: sha256, c: sha256 });
});

test('the hashes of all files are told when asked for', async () => {
  await using at = await temporaryStore();
  const large = bytesFrom(5, 1_200_000);
  const layer = await make(at.store, [directory('d'), file('e', ''), file('l', large)], { describeFiles: true });
  assert.deepEqual(hashesOf(layer), {
    e: digestOf('').slice(7),
    l: digestOf(large).slice(7),
  });
  assert.equal((await make(at.store, sample())).files, undefined);
});

test('progress goes up to the whole', async () => {
  await using at = await temporaryStore();
  const seen: [number, number][] = [];
  const layer = await make(at.store, sample(), { onProgress: (done, total) => seen.push([done, total]) });
  assert.ok(seen.length > 3);
  assert.ok(
    seen.every(([done, total], index) => total === layer.uncompressedSizeBytes && done > (seen[index - 1]?.[0] ?? 0)),
  );
  assert.equal(seen.at(-1)?.[0], layer.uncompressedSizeBytes);
});

test('a layer that is stopped leaves nothing', async () => {
  await using at = await temporaryStore();
  const stop = new AbortController();
  const making = make(at.store, sample(), { signal: stop.signal, onProgress: () => stop.abort() });
  await assert.rejects(making, { code: 'interrupted' });
  assert.deepEqual(leftovers(at.store), []);
});

const invalid: Record<string, Entry[]> = {
  'an empty path': [file('', '')],
  'an absolute path': [file('/etc/passwd', '')],
  'a trailing slash': [directory('a/')],
  'a dot': [file('a/./b', '')],
  'two dots': [file('../a', '')],
  'a NUL': [file('a\0b', '')],
  'half a surrogate pair': [file('a\ud800', '')],
  'a mode out of range': [file('a', '', { mode: 0o10000 })],
  'a negative uid': [file('a', '', { uid: -1 })],
  'half a second': [file('a', '', { mtimeSeconds: 1.5 })],
  'a file below a file': [file('a', ''), file('a/b/c', '')],
  'a link to nothing': [symlink('a', '')],
  'a hard link to what is not there': [hardlink('a', 'b')],
  'a hard link to a directory': [hardlink('a', 'b'), directory('b')],
  'content of another size': [file('a', 'abc', { sizeBytes: 2 })],
};
for (const [what, entries] of Object.entries(invalid)) {
  test(`${what} is refused`, async () => {
    await using at = await temporaryStore();
    await assert.rejects(make(at.store, entries), { code: 'layer-entry-invalid' });
    assert.deepEqual(leftovers(at.store), []);
  });
}

test('one path twice is refused', async () => {
  await using at = await temporaryStore();
  await assert.rejects(make(at.store, [file('a', ''), directory('a')]), { code: 'layer-entry-duplicate' });
});

const listScript = `
import sys, tarfile
with tarfile.open(sys.argv[1], sys.argv[2]) as tar:
    for member in tar:
        data = tar.extractfile(member).read() if member.isfile() else b''
        print(member.name, len(data), oct(member.mode), member.linkname)
`;

for (const mode of ['r:gz', 'r|gz']) {
  test(
    `Python's tarfile reads a layer with ${mode}`,
    { skip: hasProgram('python3') ? false : 'no python3' },
    async () => {
      await using at = await temporaryStore();
      const layer = await make(at.store, sample());
      const run = spawnSync('python3', ['-c', listScript, at.store.blobPath(layer.digest), mode], { encoding: 'utf8' });
      assert.equal(run.stderr, '');
      const lines = run.stdout.trimEnd().split('\n');
      assert.equal(lines.length, sample().length);
      assert.ok(lines.includes('app/large.bin 1500000 0o644 '));
      assert.ok(lines.includes(`app/${'deep/'.repeat(40)}näme.txt 4 0o644 `));
    },
  );
}

test('GNU tar unpacks a layer as it was', { skip: hasProgram('tar') ? false : 'no tar' }, async () => {
  await using at = await temporaryStore();
  const layer = await make(at.store, sample());
  const out = path.join(at.folder, 'out');
  fs.mkdirSync(out);
  const run = spawnSync('tar', ['-xzpf', at.store.blobPath(layer.digest), '-C', out], { encoding: 'utf8' });
  assert.equal(run.stderr, '');
  assert.ok(fs.readFileSync(path.join(out, 'app/large.bin')).equals(bytesFrom(1, 1_500_000)));
  assert.equal(fs.readlinkSync(path.join(out, 'app/link')), '../etc');
  assert.equal(fs.statSync(path.join(out, 'app/main.py')).mode & 0o777, 0o755);
  assert.equal(fs.statSync(path.join(out, 'app/zz-again')).ino, fs.statSync(path.join(out, 'app/main.py')).ino);
  assert.equal(fs.readFileSync(path.join(out, `app/${'deep/'.repeat(40)}näme.txt`), 'utf8'), 'deep');
  assert.equal(fs.statSync(path.join(out, 'app')).mtimeMs, mtimeSeconds * 1000);
});
