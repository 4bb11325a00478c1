import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import zlib from 'node:zlib';
import * as fc from 'fast-check';
import { pack } from 'tar-stream';
import { decompressed, tarEntries, type TarHeader } from '../../src/layer/read.ts';

const text = Buffer.from('to be read again '.repeat(30_000));

/** In chunks that fall where they like. */
function streamOf(bytes: Uint8Array, chunkBytes = 7919): Readable {
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, index) =>
    Buffer.from(bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes)),
  );
  return Readable.from(chunks);
}

async function bytesOf(stream: Readable): Promise<Buffer> {
  return Buffer.concat(await stream.toArray());
}

const skippable = Buffer.concat([Buffer.from('5a2a4d18', 'hex'), Buffer.from([9, 0, 0, 0]), Buffer.from('not zstd!')]);
const withChecksum = { params: { [zlib.constants.ZSTD_c_checksumFlag]: 1 } };

test('every member of a gzip file is read', async () => {
  const file = Buffer.concat([zlib.gzipSync(text), zlib.gzipSync(Buffer.alloc(0)), zlib.gzipSync('end')]);
  assert.equal((await bytesOf(decompressed(streamOf(file), 'gzip'))).toString(), `${text.toString()}end`);
});

test('every frame of a zstd file is read, and skippable frames are passed over', async () => {
  const frames = [zlib.zstdCompressSync(text, withChecksum), skippable, zlib.zstdCompressSync(''), skippable];
  const file = Buffer.concat([skippable, ...frames, zlib.zstdCompressSync(Buffer.alloc(500_000))]);
  for (const chunk of [1, 1000, file.length]) {
    const read = await bytesOf(decompressed(streamOf(file, chunk), 'zstd'));
    assert.ok(read.equals(Buffer.concat([text, Buffer.alloc(500_000)])));
  }
});

test('zstd frames of any make-up come back as they were', async () => {
  const part = fc.record({ bytes: fc.uint8Array({ maxLength: 300_000 }), level: fc.integer({ min: 1, max: 12 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 4 }), async (parts) => {
      const frames = parts.map(({ bytes, level }) =>
        zlib.zstdCompressSync(bytes, { params: { [zlib.constants.ZSTD_c_compressionLevel]: level } }),
      );
      const read = await bytesOf(decompressed(streamOf(Buffer.concat(frames), 4099), 'zstd'));
      assert.ok(read.equals(Buffer.concat(parts.map(({ bytes }) => bytes))));
    }),
    { numRuns: 25 },
  );
});

test('what is not compressed passes', async () => {
  assert.ok((await bytesOf(decompressed(streamOf(text), 'none'))).equals(text));
});

for (const [name, compress] of [
  ['gzip', (bytes: Buffer) => zlib.gzipSync(bytes)],
  ['zstd', (bytes: Buffer) => zlib.zstdCompressSync(bytes, withChecksum)],
] as const) {
  const file = compress(text);
  const cases: Record<string, Buffer> = {
    'cut off in its first bytes': file.subarray(0, 3),
    'cut off in its middle': file.subarray(0, file.length >> 1),
    'cut off before its last byte': file.subarray(0, -1),
    'not such a stream at all': text,
    'with a wrong checksum': Buffer.concat([file.subarray(0, -8), Buffer.alloc(8)]),
    'whose second part is cut off': Buffer.concat([file, file.subarray(0, 40)]),
  };
  for (const [what, bytes] of Object.entries(cases)) {
    test(`a ${name} stream ${what} is refused`, async () => {
      await assert.rejects(bytesOf(decompressed(streamOf(bytes), name)), { code: 'archive-invalid' });
    });
  }

  test(`an error of the source passes through ${name} as it is`, async () => {
    const lost = new Error('connection lost');
    const source = Readable.from(
      (async function* () {
        yield file.subarray(0, 30);
        throw lost;
      })(),
    );
    await assert.rejects(bytesOf(decompressed(source, name)), (error) => error === lost);
  });

  test(`leaving a ${name} stream early releases the source`, async () => {
    const source = streamOf(file, 10);
    for await (const _ of decompressed(source, name)) break;
    assert.ok(source.destroyed);
  });
}

async function sampleTar(): Promise<Buffer> {
  const tar = pack();
  const long = `${'long/'.repeat(60)}näme`;
  tar.entry({ name: './', type: 'directory' });
  tar.entry({ name: './etc/', type: 'directory', mode: 0o755 });
  tar.entry({ name: '/etc/os-release', mode: 0o644, uid: 3, gid: 4, mtime: new Date(5000) }, 'ID=debian\n');
  tar.entry({ name: long, size: 700 }, 'x'.repeat(700));
  tar.entry({ name: '../../usr/link', type: 'symlink', linkname: '../etc' });
  tar.entry({ name: 'hard', type: 'link', linkname: './etc/os-release' });
  tar.entry({ name: 'dev/null', type: 'character-device' });
  tar.entry({ name: 'pax', pax: { uid: '3000000', gid: '3000001', mtime: '12.5' } }, '');
  tar.finalize();
  return bytesOf(Readable.from(tar));
}

test('entries are read with their paths brought to one form', async () => {
  const seen: [TarHeader, string][] = [];
  for await (const { header, body } of tarEntries(streamOf(await sampleTar()))) {
    seen.push([header, (await bytesOf(body)).toString()]);
  }
  assert.deepEqual(
    seen.map(([header, body]) => [header.type, header.path, header.target, body.slice(0, 10)]),
    [
      ['directory', '', undefined, ''],
      ['directory', 'etc', undefined, ''],
      ['file', 'etc/os-release', undefined, 'ID=debian\n'],
      ['file', `${'long/'.repeat(60)}näme`, undefined, 'xxxxxxxxxx'],
      ['symlink', 'usr/link', '../etc', ''],
      ['hardlink', 'hard', 'etc/os-release', ''],
      ['other', 'dev/null', undefined, ''],
      ['file', 'pax', undefined, ''],
    ],
  );
  const [, , release, , , , , pax] = seen.map(([header]) => header);
  assert.deepEqual(release, {
    path: 'etc/os-release',
    type: 'file',
    mode: 0o644,
    uid: 3,
    gid: 4,
    sizeBytes: 10,
    mtimeSeconds: 5,
  });
  assert.deepEqual([pax?.uid, pax?.gid, pax?.mtimeSeconds], [3_000_000, 3_000_001, 12.5]);
});

test('bodies that nobody reads, or reads in part, are passed over', async () => {
  const tar = pack();
  for (const name of ['a', 'b', 'c', 'd']) tar.entry({ name }, Buffer.alloc(400_000, name));
  tar.finalize();
  const paths: string[] = [];
  for await (const { header, body } of tarEntries(streamOf(await bytesOf(Readable.from(tar))))) {
    paths.push(header.path);
    if (header.path === 'b') await new Promise((resolve) => body.once('data', resolve));
    if (header.path === 'c') await bytesOf(body);
  }
  assert.deepEqual(paths, ['a', 'b', 'c', 'd']);
});

test('leaving the loop early releases the source', async () => {
  const source = streamOf(await sampleTar());
  for await (const _ of tarEntries(source)) break;
  assert.ok(source.destroyed);
});

async function fileCutOff(): Promise<Buffer> {
  const tar = pack();
  tar.entry({ name: 'large' }, Buffer.alloc(900_000));
  tar.finalize();
  return (await bytesOf(Readable.from(tar))).subarray(0, 600_000);
}

test('a tar that is cut off or no tar is refused', async () => {
  const tar = await sampleTar();
  const headOfFile = 2 * 512;
  for (const bytes of [
    tar.subarray(0, headOfFile + 100),
    tar.subarray(0, headOfFile + 515),
    await fileCutOff(),
    text,
  ]) {
    await assert.rejects(Array.fromAsync(tarEntries(streamOf(bytes))), { code: 'archive-invalid' });
    const readAll = async (): Promise<void> => {
      for await (const { body } of tarEntries(streamOf(bytes))) await bytesOf(body);
    };
    await assert.rejects(readAll(), { code: 'archive-invalid' });
  }
});

test('an error of the source passes through the tar reader as it is', async () => {
  const lost = new Error('connection lost');
  const tar = await sampleTar();
  const source = Readable.from(
    (async function* () {
      yield tar.subarray(0, 1300);
      throw lost;
    })(),
  );
  await assert.rejects(
    async () => {
      for await (const { body } of tarEntries(source)) await bytesOf(body);
    },
    (error) => error === lost,
  );
});
