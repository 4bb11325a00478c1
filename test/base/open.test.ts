import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import type { Base } from '../../src/base/base.ts';
import { openBaseLayer } from '../../src/base/blob.ts';
import { openBase, resolveBase } from '../../src/base/open.ts';
import { type Digest, digestOf, hexOf } from '../../src/oci/digest.ts';
import { type Descriptor, mediaTypes } from '../../src/oci/manifest.ts';
import { parsePlatform } from '../../src/oci/platform.ts';
import { rejectsWith } from '../support/rejects.ts';
import {
  addBlob,
  addImage,
  addIndex,
  type Blobs,
  emptyBlobs,
  json,
  layoutFiles,
  tagged,
  tarOf,
  type TestImage,
  writeLayout,
} from './image.ts';
import { testSources, type TestSources } from './sources.ts';

const amd64 = parsePlatform('linux/amd64');
const simple: TestImage = { layers: [{ 'etc/a': 'a' }, { 'etc/b': 'b' }], config: { Env: ['A=1'], Cmd: ['a'] } };

function onPlatform(platform: string): TestImage {
  return { ...simple, platform: parsePlatform(platform), layers: [{ platform }] };
}

async function indexOf(blobs: Blobs, platforms: readonly string[]): Promise<Descriptor> {
  const manifests = await Promise.all(
    platforms.map(async (text) => ({ ...(await addImage(blobs, onPlatform(text))), platform: parsePlatform(text) })),
  );
  return addIndex(blobs, manifests);
}

async function openLayout(
  { sources, folder }: TestSources,
  blobs: Blobs,
  roots: readonly Descriptor[],
  platform = 'linux/amd64',
  tag?: string,
): Promise<Base> {
  const layout = writeLayout(path.join(folder, 'layout'), blobs, roots);
  const spec = { kind: 'oci', path: layout, ...(tag === undefined ? {} : { tag }) } as const;
  return openBase(spec, 'oci:layout', parsePlatform(platform), sources);
}

async function layerDigests(base: Base, { sources }: TestSources): Promise<Digest[]> {
  const streams = await Promise.all(base.layers.map((layer) => openBaseLayer(layer, sources)));
  const bytes = await Promise.all(streams.map((stream) => Array.fromAsync(stream as AsyncIterable<Buffer>)));
  return bytes.map((chunks) => digestOf(Buffer.concat(chunks)));
}

for (const compression of ['gzip', 'zstd', 'none'] as const) {
  test(`an OCI layout folder with ${compression} layers gives config and layers, base layer first`, async () => {
    await using test = await testSources();
    const blobs = emptyBlobs();
    const manifest = await addImage(blobs, { ...simple, compression });
    const base = await openLayout(test, blobs, [manifest]);
    assert.equal(base.digest, manifest.digest);
    assert.deepEqual(base.config.config, simple.config);
    assert.deepEqual(base.platform, amd64);
    assert.deepEqual(
      await layerDigests(base, test),
      base.layers.map((layer) => layer.descriptor.digest),
    );
    assert.deepEqual(
      base.layers.map((layer) => layer.diffId),
      base.config.rootfs.diff_ids,
    );
  });
}

test("Docker's media types are taken as well", async () => {
  await using test = await testSources();
  const blobs = emptyBlobs();
  const manifest = await addImage(blobs, {
    ...simple,
    change(document, what) {
      if (what === 'config') return;
      const { config, layers } = document as { config: Descriptor; layers: Descriptor[] };
      document['mediaType'] = mediaTypes.dockerManifest;
      document['config'] = { ...config, mediaType: mediaTypes.dockerConfig };
      document['layers'] = layers.map((layer) => ({ ...layer, mediaType: mediaTypes.dockerLayerGzip }));
    },
  });
  const base = await openLayout(test, blobs, [{ ...manifest, mediaType: mediaTypes.dockerManifest }]);
  assert.equal(base.layers.length, 2);
});

test('an index inside an index gives the image of the platform, and the nearest variant below', async () => {
  await using test = await testSources();
  const blobs = emptyBlobs();
  const nested = await indexOf(blobs, ['linux/amd64', 'linux/arm/v6', 'linux/arm64']);
  const roots = [addIndex(blobs, [nested])];
  const opened = await openLayout(test, blobs, roots, 'linux/arm/v7');
  assert.equal(opened.config.variant, 'v6');
  assert.deepEqual(opened.platform, parsePlatform('linux/arm/v7'));
  assert.equal((await openLayout(test, blobs, roots, 'linux/arm64/v8')).config.architecture, 'arm64');
});

test('attestations and artifacts of an index are no images', async () => {
  await using test = await testSources();
  const blobs = emptyBlobs();
  const image = await addImage(blobs, simple);
  const unknown = { ...image, platform: { os: 'unknown', architecture: 'unknown' } };
  const chart = addBlob(
    blobs,
    mediaTypes.manifest,
    json({ schemaVersion: 2, config: addBlob(blobs, mediaTypes.empty, json({})), layers: [] }),
  );
  const index = addIndex(blobs, [unknown, chart, { ...image, platform: amd64 }]);
  assert.equal((await openLayout(test, blobs, [index])).digest, image.digest);
  const error = await rejectsWith(openLayout(test, blobs, [index], 'linux/s390x'), 'base-platform');
  assert.equal(error.hint, 'It has linux/amd64. Choose one of these under platforms, or another base.');
});

test('a platform that is not there is refused with a list of those that are', async () => {
  await using test = await testSources();
  const blobs = emptyBlobs();
  const index = await indexOf(blobs, ['linux/amd64', 'linux/arm/v7']);
  const error = await rejectsWith(
    openLayout(test, blobs, [index], 'linux/arm64'),
    'base-platform',
    /^Base oci:layout has no image for linux\/arm64$/,
  );
  assert.match(error.hint ?? '', /It has linux\/amd64, linux\/arm\/v7\./);
  await rejectsWith(openLayout(test, blobs, [await addImage(blobs, simple)], 'linux/arm64'), 'base-platform');
});

test('a tag chooses among the images of a layout; without one several are refused by name', async () => {
  await using test = await testSources();
  const blobs = emptyBlobs();
  const [one, two] = [await addImage(blobs, simple), await addImage(blobs, { ...simple, layers: [] })];
  const roots = [tagged(one, '1'), tagged(two, '2')];
  assert.equal((await openLayout(test, blobs, roots, 'linux/amd64', '2')).digest, two.digest);
  const missing = await rejectsWith(openLayout(test, blobs, roots, 'linux/amd64', '3'), 'base-not-found');
  assert.equal(missing.hint, 'It has 1, 2.');
  await rejectsWith(openLayout(test, blobs, roots), 'base-not-found', /holds 2 images/);
  assert.equal((await openLayout(test, blobs, [tagged(one, '1'), tagged(one, '1.0')])).digest, one.digest);
});

test('an OCI archive is read in place', async () => {
  await using test = await testSources();
  const blobs = emptyBlobs();
  const manifest = await addImage(blobs, simple);
  const file = path.join(test.folder, 'image.tar');
  fs.writeFileSync(file, await tarOf(layoutFiles(blobs, [manifest])));
  const base = await openBase({ kind: 'oci-archive', path: file }, 'oci-archive:image.tar', amd64, test.sources);
  assert.equal(base.digest, manifest.digest);
  assert.deepEqual(
    await layerDigests(base, test),
    base.layers.map((layer) => layer.descriptor.digest),
  );
  const origin = base.layers[0]?.origin;
  assert(origin?.kind === 'file' && origin.path === file && (origin.offset ?? 0) > 0);
});

test('what is not there, or is something else, is base-not-found or archive-invalid', async () => {
  await using test = await testSources();
  const there = path.join(test.folder, 'file');
  fs.writeFileSync(there, 'not a tar, but long enough to have a header'.repeat(20));
  const none = path.join(test.folder, 'none');
  for (const kind of ['oci', 'oci-archive', 'docker-archive', 'rootfs'] as const) {
    await rejectsWith(openBase({ kind, path: none }, `${kind}:none`, amd64, test.sources), 'base-not-found');
  }
  for (const kind of ['oci-archive', 'docker-archive'] as const) {
    await rejectsWith(openBase({ kind, path: there }, `${kind}:file`, amd64, test.sources), 'archive-invalid');
  }
  await rejectsWith(openBase({ kind: 'oci', path: there }, 'oci:file', amd64, test.sources), 'base-not-found');
});

const wrong: Readonly<Record<string, TestImage['change']>> = {
  'as many layers as its config lists': (document, what) => {
    if (what === 'config') (document['rootfs'] as { diff_ids: string[] }).diff_ids.pop();
  },
  'a config with a rootfs': (document, what) => {
    if (what === 'config') delete document['rootfs'];
  },
  'sha256 digests alone': (document, what) => {
    if (what === 'manifest') (document['config'] as { digest: string }).digest = `sha512:${'0'.repeat(128)}`;
  },
  'layers of known types': (document, what) => {
    if (what === 'manifest') (document['layers'] as { mediaType: string }[])[0]!.mediaType = 'application/octet-stream';
  },
  'no index in its manifest': (document, what) => {
    if (what === 'manifest') document['manifests'] = [];
  },
  'a manifest that does not call itself an index': (document, what) => {
    if (what === 'manifest') document['mediaType'] = mediaTypes.index;
  },
};

for (const [rule, change] of Object.entries(wrong)) {
  test(`a base must have ${rule}`, async () => {
    await using test = await testSources();
    const blobs = emptyBlobs();
    const manifest = await addImage(blobs, { ...simple, ...(change === undefined ? {} : { change }) });
    await rejectsWith(openLayout(test, blobs, [manifest]), 'base-invalid');
  });
}

test("an index that contradicts the image's config is refused", async () => {
  await using test = await testSources();
  const blobs = emptyBlobs();
  const index = addIndex(blobs, [{ ...(await addImage(blobs, simple)), platform: parsePlatform('linux/arm64') }]);
  await rejectsWith(openLayout(test, blobs, [index], 'linux/arm64'), 'base-invalid', /linux\/amd64 by its config/);
});

test('indexes that are deeper than any real one are refused', async () => {
  await using test = await testSources();
  const blobs = emptyBlobs();
  let root = await addImage(blobs, simple);
  for (let depth = 0; depth < 8; depth += 1) root = addIndex(blobs, [root]);
  await rejectsWith(openLayout(test, blobs, [root]), 'base-invalid', /deep/);
});

test('documents and layers with other bytes, missing or cut off are found out', async () => {
  await using test = await testSources();
  const blobs = emptyBlobs();
  const manifest = await addImage(blobs, simple);
  const base = await openLayout(test, blobs, [manifest]);
  const file = (digest: Digest): string => path.join(test.folder, 'layout/blobs/sha256', hexOf(digest));
  const layer = base.layers[1]!;
  const whole = fs.readFileSync(file(layer.descriptor.digest));
  fs.writeFileSync(file(layer.descriptor.digest), Buffer.from(whole).fill(0, 20, 21));
  await rejectsWith(layerDigests(base, test), 'digest-mismatch');
  fs.writeFileSync(file(layer.descriptor.digest), whole.subarray(1));
  await rejectsWith(layerDigests(base, test), 'base-invalid');
  const reopened = (): Promise<Base> =>
    openBase({ kind: 'oci', path: path.join(test.folder, 'layout') }, 'oci:layout', amd64, test.sources);
  await rejectsWith(reopened(), 'digest-mismatch');
  fs.rmSync(file(layer.descriptor.digest));
  await rejectsWith(reopened(), 'base-invalid', /lacks blobs/);
  fs.writeFileSync(
    file(manifest.digest),
    fs.readFileSync(file(manifest.digest), 'utf8').replace('"schemaVersion":2', '"schemaVersion":3'),
  );
  await rejectsWith(reopened(), 'digest-mismatch');
});

test('scratch has no layers and the platform asked for', async () => {
  await using test = await testSources();
  const base = await openBase({ kind: 'scratch' }, 'scratch', parsePlatform('linux/arm/v7'), test.sources);
  assert.deepEqual(base.layers, []);
  assert.deepEqual(base.config.rootfs.diff_ids, []);
  assert.equal(base.config.variant, 'v7');
});

test('where there is no engine, none of its images is opened', async () => {
  await using test = await testSources();
  await rejectsWith(openBase({ kind: 'engine', name: 'x' }, 'engine:x', amd64, test.sources), 'engine-absent');
});

test('bases without a tag of a registry resolve to nothing', async () => {
  await using test = await testSources();
  assert.equal(await resolveBase({ kind: 'scratch' }, test.sources), undefined);
});

test('a layout may lack a layer that says where else it stands', async () => {
  await using test = await testSources();
  const blobs = emptyBlobs();
  const outside = addBlob(blobs, mediaTypes.foreignLayerGzip, gzipSync(await tarOf({ 'etc/a': 'a' })));
  const manifest = await addImage(blobs, {
    ...simple,
    change: (document, what) => {
      const { layers } = document;
      if (what === 'manifest' && Array.isArray(layers)) layers[0] = { ...outside, urls: ['https://example.com/layer'] };
    },
  });
  const bytes = blobs.bytes.get(outside.digest);
  blobs.bytes.delete(outside.digest);
  const base = await openLayout(test, blobs, [manifest]);
  assert.deepEqual(
    base.layers.map(({ origin }) => origin.kind),
    ['urls', 'file'],
  );
  const registry = {
    ...test.sources.registry,
    blob: async (repository: unknown, { urls }: Descriptor) => {
      assert.deepEqual([repository, urls], [undefined, ['https://example.com/layer']]);
      return Readable.from([bytes], { objectMode: false });
    },
  };
  const [digest] = await layerDigests(base, { ...test, sources: { ...test.sources, registry } });
  assert.equal(digest, outside.digest);
});
