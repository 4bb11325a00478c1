import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Base } from '../../src/base/base.ts';
import { openBaseLayer } from '../../src/base/blob.ts';
import { openAny, openBase } from '../../src/base/open.ts';
import { connectEngine } from '../../src/engine/connect.ts';
import { isEngine } from '../../src/engine/engine.ts';
import { digestOf, hexOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/manifest.ts';
import { parsePlatform } from '../../src/oci/platform.ts';
import { dockerVersion, fakeEngine, type FakeEngine, sendJson } from '../engine/fake-engine.ts';
import { rejectsWith } from '../support/rejects.ts';
import { hardlink, json, symlink, type TestFiles, tarOf } from './image.ts';
import { testSources, type TestSources } from './sources.ts';

const small = await tarOf({ 'etc/a': 'a' });
/** Too large to be kept in memory on the way. */
const large = await tarOf({ 'etc/b': Buffer.alloc(3 << 20, 'b') });

function configOf(layers = [small, large], architecture = 'amd64'): Buffer {
  return json({ os: 'linux', architecture, rootfs: { type: 'layers', diff_ids: layers.map((tar) => digestOf(tar)) } });
}

const id = digestOf(configOf());
const configName = `${hexOf(id)}.json`;

function manifestOf(config: string, ...layers: readonly string[]): TestFiles {
  return { 'manifest.json': json([{ Config: config, RepoTags: null, Layers: layers }]) };
}

/** As Docker saved until 24, and Podman does: layers uncompressed, some of them links. */
const old: TestFiles = {
  [configName]: configOf(),
  'aaa/layer.tar': symlink('../small.tar'),
  'small.tar': small,
  'bbb/layer.tar': large,
  'ccc/layer.tar': hardlink('bbb/layer.tar'),
  ...manifestOf(configName, 'aaa/layer.tar', 'ccc/layer.tar'),
};

/** An engine that has one image and gives these bytes for it. */
function engineWith(saved: Buffer, described: Readonly<Record<string, unknown>> = {}): Promise<FakeEngine> {
  const image = { Id: id, RepoTags: ['api:dev'], Os: 'linux', Architecture: 'amd64', Size: saved.length, ...described };
  return fakeEngine(dockerVersion, {
    'GET /images/api:dev/json': (_, response) => sendJson(response, image),
    [`GET /images/${id}/get`]: (_, response) => void response.end(saved),
  });
}

async function open(
  fake: FakeEngine,
  { sources, folder }: TestSources,
  name = 'api:dev',
  platform = 'linux/amd64',
): Promise<Base> {
  const env = { PYCONTAINER_ENGINE: `unix://${fake.socket}` };
  const engine = await connectEngine({ env, home: path.join(folder, 'home') });
  assert(isEngine(engine));
  try {
    const spec = { kind: 'engine', name } as const;
    return await openBase(spec, `engine:${name}`, parsePlatform(platform), { ...sources, engine: async () => engine });
  } finally {
    await engine.close();
  }
}

async function layersOf(base: Base, { sources }: TestSources): Promise<Buffer[]> {
  const streams = await Promise.all(base.layers.map((layer) => openBaseLayer(layer, sources)));
  return Promise.all(streams.map(async (one) => Buffer.concat(await Array.fromAsync(one as AsyncIterable<Buffer>))));
}

test('an image of an engine: its layers are in the store, and its id is the digest', async () => {
  await using fake = await engineWith(await tarOf(old));
  await using sources = await testSources();
  const base = await open(fake, sources);
  assert.equal(base.digest, id);
  assert.deepEqual(
    base.layers.map(({ descriptor, origin }) => [descriptor.mediaType, descriptor.digest, origin.kind]),
    [
      [mediaTypes.layer, digestOf(small), 'store'],
      [mediaTypes.layer, digestOf(large), 'store'],
    ],
  );
  assert.deepEqual(await layersOf(base, sources), [small, large]);
  const told = sources.events.filter((event) => event.type === 'download');
  assert(told.length > 0 && told.every(({ what }) => what === 'engine:api:dev of Docker 28.2.2'));
});

test('an image is read once, until its name stands for another one', async () => {
  await using fake = await engineWith(await tarOf(old));
  await using sources = await testSources();
  const first = await open(fake, sources);
  assert.deepEqual(await open(fake, sources), first);
  assert.equal(fake.requests.filter((request) => request.endsWith('/get')).length, 1);
  await using other = await fakeEngine(dockerVersion, {
    'GET /images/api:dev/json': (_, response) => sendJson(response, { Id: `sha256:${'0'.repeat(64)}` }),
  });
  await rejectsWith(open(other, sources), 'engine-not-found');
});

test('layers stay compressed where the engine gives them so', async () => {
  const blobs = [gzipSync(small), gzipSync(large)].map((bytes) => [`blobs/sha256/${hexOf(digestOf(bytes))}`, bytes]);
  const config = `blobs/sha256/${hexOf(id)}`;
  const files = Object.fromEntries(blobs) as TestFiles;
  const saved = await tarOf({ ...files, [config]: configOf(), ...manifestOf(config, ...Object.keys(files)) });
  await using fake = await engineWith(saved, { Id: id });
  await using sources = await testSources();
  const base = await open(fake, sources);
  assert.deepEqual(
    base.layers.map(({ descriptor, diffId }) => [descriptor.mediaType, String(diffId)]),
    [
      [mediaTypes.layerGzip, digestOf(small)],
      [mediaTypes.layerGzip, digestOf(large)],
    ],
  );
});

const broken: Readonly<Record<string, { files: TestFiles; code: 'base-invalid' | 'digest-mismatch'; says: RegExp }>> = {
  'no manifest': { files: { [configName]: configOf() }, code: 'base-invalid', says: /lacks manifest\.json$/ },
  'no config': { files: manifestOf(configName), code: 'base-invalid', says: /lacks [0-9a-f]{64}\.json$/ },
  'a layer that is missing': {
    files: { ...old, 'small.tar': symlink('nowhere') },
    code: 'base-invalid',
    says: /lacks aaa\/layer\.tar$/,
  },
  'a circle of links': {
    files: { ...old, 'small.tar': symlink('aaa/layer.tar') },
    code: 'base-invalid',
    says: /lacks aaa\/layer\.tar$/,
  },
  'fewer layers than its config says': {
    files: { ...old, ...manifestOf(configName, 'aaa/layer.tar') },
    code: 'base-invalid',
    says: /has 1 layers, but its config lists 2$/,
  },
  'other bytes in a layer': {
    files: { ...old, 'small.tar': large },
    code: 'digest-mismatch',
    says: /should be sha256/,
  },
};

for (const [what, { files, code, says }] of Object.entries(broken)) {
  test(`refuses an image with ${what}`, async () => {
    await using fake = await engineWith(await tarOf(files));
    await using sources = await testSources();
    await rejectsWith(open(fake, sources), code, says);
  });
}

test('an archive that ends in the middle, and an engine that breaks off, leave nothing that counts', async () => {
  const saved = await tarOf(old);
  await using cut = await engineWith(saved.subarray(0, saved.length - 4096));
  await using sources = await testSources();
  await rejectsWith(open(cut, sources), 'archive-invalid');
  await using broken = await fakeEngine(dockerVersion, {
    'GET /images/api:dev/json': (_, response) => sendJson(response, { Id: id }),
    [`GET /images/${id}/get`]: (_, response) => {
      response.write(saved.subarray(0, 1 << 20), () => response.destroy());
    },
  });
  await rejectsWith(open(broken, sources), 'network', /broke the connection off/);
  await using whole = await engineWith(saved);
  assert.equal((await open(whole, sources)).digest, id);
});

test('an image that is only looked at may be of any platform', async () => {
  const config = configOf([small, large], 'arm64');
  const name = `${hexOf(digestOf(config))}.json`;
  const saved = await tarOf({ ...old, [name]: config, ...manifestOf(name, 'aaa/layer.tar', 'ccc/layer.tar') });
  await using fake = await engineWith(saved, { Architecture: 'arm64' });
  await using sources = await testSources();
  const engine = await connectEngine({ env: { PYCONTAINER_ENGINE: `unix://${fake.socket}` }, home: sources.folder });
  assert(isEngine(engine));
  const spec = { kind: 'engine', name: 'api:dev' } as const;
  const base = await openAny(spec, 'engine:api:dev', undefined, { ...sources.sources, engine: async () => engine });
  assert.deepEqual(base.platform, { os: 'linux', architecture: 'arm64' });
  assert.equal(base.digest, digestOf(config));
  await engine.close();
});

test('says what is missing: the engine, the image, the platform, a name', async () => {
  await using fake = await engineWith(await tarOf(old));
  await using sources = await testSources();
  const error = await rejectsWith(open(fake, sources, 'nope'), 'base-not-found', /Docker 28\.2\.2 has no image nope$/);
  assert.match(error.hint ?? '', /leave out `engine:`/);
  await rejectsWith(open(fake, sources, 'api:dev', 'linux/arm64'), 'base-platform', /no image for linux\/arm64$/);
  assert(!fake.requests.some((request) => request.endsWith('/get')), 'nothing was read for that');
  const asked = fake.requests.length;
  for (const name of ['../info', 'a/../../info', 'a//b', 'a?b', 'a b', './a', 'a/']) {
    await rejectsWith(open(fake, sources, name), 'reference-invalid');
  }
  assert.equal(fake.requests.filter((request) => !request.endsWith('/version')).length, asked - 2);
  const spec = { kind: 'engine', name: 'api' } as const;
  const platform = parsePlatform('linux/amd64');
  const absence = {
    code: 'engine-absent' as const,
    why: 'No container engine runs here',
    hint: 'Start one.',
    isExpected: false,
  };
  const absent = { ...sources.sources, engine: async () => absence };
  await rejectsWith(openBase(spec, 'engine:api', platform, absent), 'engine-absent', /No container engine runs here$/);
  await rejectsWith(openBase(spec, 'engine:api', platform, sources.sources), 'engine-absent');
});
