import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Base, BaseLayer } from '../../src/base/base.ts';
import { baseFacts } from '../../src/base/facts.ts';
import { layerFiles } from '../../src/base/layer-files.ts';
import { openBase } from '../../src/base/open.ts';
import { parseDiffId } from '../../src/oci/digest.ts';
import { parsePlatform } from '../../src/oci/platform.ts';
import { rejectsWith } from '../support/rejects.ts';
import { addImage, emptyBlobs, folder, hardlink, symlink, type TestFiles, type TestImage } from './image.ts';
import { testSources, type TestSources } from './sources.ts';
import { official } from './systems.ts';

const reference = { host: 'docker.io', repository: 'library/python', tag: 'latest' };

async function opened(image: TestImage): Promise<{ base: Base; test: TestSources }> {
  const blobs = emptyBlobs();
  const manifest = await addImage(blobs, image);
  const test = await testSources(blobs, new Map([['latest', manifest]]));
  const base = await openBase({ kind: 'registry', reference }, 'python', parsePlatform('linux/amd64'), test.sources);
  test.asked.length = 0;
  return { base, test };
}

async function layerOf(files: TestFiles): Promise<{ layer: BaseLayer; test: TestSources }> {
  const { base, test } = await opened({ layers: [files] });
  return { layer: base.layers[0]!, test };
}

test('what the headers say is kept, and the contents of those files alone that facts are read from', async () => {
  const { layer, test: sources } = await layerOf({
    './': folder(0o755),
    'etc/os-release': 'ID=debian\n',
    'usr/bin/python3': '#!/bin/sh\n',
    'home/me/.netrc': 'password',
    'srv/': folder(0o2775, 1000, 1001),
    link: symlink('../x'),
    hard: hardlink('./etc/os-release'),
    fifo: { type: 'fifo' },
  });
  await using test = sources;
  const owner = { uid: 0, gid: 0 };
  assert.deepEqual(await layerFiles(layer, test.sources), [
    { path: '', type: 'directory', mode: 0o755, ...owner },
    { path: 'etc/os-release', type: 'file', mode: 0o644, ...owner, text: 'ID=debian\n' },
    { path: 'usr/bin/python3', type: 'file', mode: 0o644, ...owner },
    { path: 'home/me/.netrc', type: 'file', mode: 0o644, ...owner },
    { path: 'srv', type: 'directory', mode: 0o2775, uid: 1000, gid: 1001 },
    { path: 'link', type: 'symlink', mode: 0o644, ...owner, target: '../x' },
    { path: 'hard', type: 'hardlink', mode: 0o644, ...owner, target: 'etc/os-release' },
    { path: 'fifo', type: 'other', mode: 0o644, ...owner },
  ]);
});

test('a layer is fetched once, however many ask at once and later', async () => {
  const { layer, test: sources } = await layerOf({ a: 'a' });
  await using test = sources;
  const together = await Promise.all([layerFiles(layer, test.sources), layerFiles(layer, test.sources)]);
  assert.deepEqual(together[0], together[1]);
  assert.deepEqual(await layerFiles(layer, test.sources), together[0]);
  assert.deepEqual(test.asked, [`blob ${layer.descriptor.digest}`]);
});

test('a layer that comes from a registry says how far it is, once for its end, and nothing when it is known', async () => {
  const { layer, test: sources } = await layerOf({ a: 'a' });
  await using test = sources;
  await layerFiles(layer, test.sources);
  await layerFiles(layer, test.sources);
  const { size, digest } = layer.descriptor;
  const what = `layer ${digest.slice(7, 19)} of docker.io/library/python`;
  const done = { type: 'download', what, totalBytes: size, doneBytes: size };
  assert.deepEqual(test.events, [done, { ...done, finished: true }]);
});

test('facts are kept by the digest of the base: nothing is asked the second time', async () => {
  const { base, test: sources } = await opened(official);
  await using test = sources;
  const facts = await baseFacts(base, test.sources);
  test.asked.length = 0;
  assert.deepEqual(await baseFacts(base, test.sources), facts);
  assert.deepEqual(test.asked, []);
});

test('a layer is put into the store on its way only when that is wanted', async () => {
  for (const keepLayers of [false, true]) {
    const { layer, test: sources } = await layerOf({ a: 'a' });
    await using test = sources;
    await layerFiles(layer, { ...test.sources, keepLayers });
    assert.equal(await test.sources.store.hasBlob(layer.descriptor.digest, layer.descriptor.size), keepLayers);
  }
});

test('a layer whose tar is not what the config says is refused, also when its files are known', async () => {
  const { layer, test: sources } = await layerOf({ a: 'a' });
  await using test = sources;
  const wrong = { ...layer, diffId: parseDiffId(`sha256:${'0'.repeat(64)}`) };
  await rejectsWith(layerFiles(wrong, test.sources), 'digest-mismatch', /but its image says/);
  await layerFiles(layer, test.sources);
  await rejectsWith(layerFiles(wrong, test.sources), 'digest-mismatch');
});

test('a failed read leaves nothing behind and can be repeated', async () => {
  const { layer, test: sources } = await layerOf({ a: 'a' });
  await using test = sources;
  const broken = { ...test.sources.registry, blob: () => Promise.reject(new Error('reset')) };
  await assert.rejects(layerFiles(layer, { ...test.sources, registry: broken, keepLayers: true }), /reset/);
  assert.equal((await layerFiles(layer, test.sources)).length, 1);
});

test('a path that no system can unpack is refused', async () => {
  const { layer, test: sources } = await layerOf({ [`${'a/'.repeat(3000)}b`]: '' });
  await using test = sources;
  await rejectsWith(layerFiles(layer, test.sources), 'base-invalid', /path of 6001 characters/);
});
