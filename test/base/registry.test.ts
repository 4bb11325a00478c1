import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBase, resolveBase } from '../../src/base/open.ts';
import type { Digest } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/manifest.ts';
import { parsePlatform } from '../../src/oci/platform.ts';
import { rejectsWith } from '../support/rejects.ts';
import { addBlob, addImage, addIndex, emptyBlobs, json, type TestImage } from './image.ts';
import { testSources } from './sources.ts';

const reference = { host: 'docker.io', repository: 'library/python', tag: '3.12-slim' };
const spec = { kind: 'registry', reference } as const;
const amd64 = parsePlatform('linux/amd64');
const image: TestImage = { layers: [{ a: 'a' }] };

test('a tag gives the image with its digest, and layers that say where they are', async () => {
  const blobs = emptyBlobs();
  const manifest = await addImage(blobs, image);
  const index = addIndex(blobs, [{ ...manifest, platform: amd64 }]);
  await using test = await testSources(blobs, new Map([['3.12-slim', index]]));
  const base = await openBase(spec, 'python:3.12-slim', amd64, test.sources);
  assert.equal(base.digest, manifest.digest);
  assert.deepEqual(base.reference, { ...reference, digest: index.digest });
  assert.deepEqual(base.layers[0]?.origin, { kind: 'registry', host: 'docker.io', repository: 'library/python' });
  assert.equal(test.asked.length, 4, 'tag, index, manifest, config; no layer');
});

test('a base that was seen once needs no network when its digest is pinned, nor anything but the tag when not', async () => {
  const blobs = emptyBlobs();
  const manifest = await addImage(blobs, image);
  await using test = await testSources(blobs, new Map([['3.12-slim', manifest]]));
  const first = await openBase(spec, 'python:3.12-slim', amd64, test.sources);
  test.asked.length = 0;
  assert.deepEqual(await openBase(spec, 'python:3.12-slim', amd64, test.sources, manifest.digest), first);
  assert.deepEqual(test.asked, []);
  assert.deepEqual(await openBase(spec, 'python:3.12-slim', amd64, test.sources), first);
  assert.deepEqual(test.asked, ['resolve']);
});

test('a pin is taken instead of the tag, and the digest of the reference before both', async () => {
  const blobs = emptyBlobs();
  const [tagged, pinned, named] = await Promise.all(
    ['tagged', 'pinned', 'named'].map((name) => addImage(blobs, { layers: [{ name }] })),
  );
  await using test = await testSources(blobs, new Map([['3.12-slim', tagged!]]));
  const byPin = await openBase(spec, 'python:3.12-slim', amd64, test.sources, pinned!.digest);
  assert.equal(byPin.digest, pinned!.digest);
  const withDigest = { kind: 'registry', reference: { ...reference, digest: named!.digest } } as const;
  assert.equal((await openBase(withDigest, 'x', amd64, test.sources, pinned!.digest)).digest, named!.digest);
  assert.equal(await resolveBase(spec, test.sources), tagged!.digest);
  assert.equal(await resolveBase(withDigest, test.sources), named!.digest);
});

test('a config with other bytes, shorter or longer than announced, is refused and not kept', async () => {
  for (const change of [(text: string) => text.replace('linux', 'linuz'), (text: string) => `${text} `, () => '{}']) {
    const blobs = emptyBlobs();
    const manifest = await addImage(blobs, image);
    await using test = await testSources(blobs, new Map([['3.12-slim', manifest]]));
    const { config } = JSON.parse(blobs.bytes.get(manifest.digest)!.toString()) as { config: { digest: Digest } };
    const right = blobs.bytes.get(config.digest)!;
    blobs.bytes.set(config.digest, Buffer.from(change(right.toString())));
    await rejectsWith(openBase(spec, 'python', amd64, test.sources), 'digest-mismatch');
    blobs.bytes.set(config.digest, right);
    assert.equal((await openBase(spec, 'python', amd64, test.sources)).digest, manifest.digest);
  }
});

test("Docker's schema 1 is refused with a reason", async () => {
  const blobs = emptyBlobs();
  const old = addBlob(
    blobs,
    mediaTypes.dockerSchema1,
    json({ schemaVersion: 1, mediaType: mediaTypes.dockerSchema1, fsLayers: [] }),
  );
  await using test = await testSources(blobs, new Map([['3.12-slim', old]]));
  const error = await rejectsWith(openBase(spec, 'python', amd64, test.sources), 'registry-unsupported', /schema 1/);
  assert.match(error.hint ?? '', /Push the image again/);
});

test('a config of absurd size is not fetched', async () => {
  const blobs = emptyBlobs();
  const manifest = await addImage(blobs, {
    ...image,
    change: (document, what) => {
      if (what === 'manifest') (document['config'] as { size: number }).size = 1e12;
    },
  });
  await using test = await testSources(blobs, new Map([['3.12-slim', manifest]]));
  await rejectsWith(openBase(spec, 'python', amd64, test.sources), 'base-invalid');
  assert(!test.asked.some((what) => what.startsWith('blob')));
});
