import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Base } from '../../src/base/base.ts';
import { openBaseLayer } from '../../src/base/blob.ts';
import { openBase } from '../../src/base/open.ts';
import { digestOf, hexOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/manifest.ts';
import { parsePlatform } from '../../src/oci/platform.ts';
import { rejectsWith } from '../support/rejects.ts';
import { hardlink, json, symlink, type TestFiles, tarOf } from './image.ts';
import { testSources, type TestSources } from './sources.ts';

const first = await tarOf({ 'etc/a': 'a' });
const second = await tarOf({ 'etc/b': 'b' });

function configOf(architecture = 'amd64', layers = [first, second]): Buffer {
  return json({ os: 'linux', architecture, rootfs: { type: 'layers', diff_ids: layers.map((tar) => digestOf(tar)) } });
}

async function open(
  { sources, folder }: TestSources,
  files: TestFiles,
  tag?: string,
  platform = 'linux/amd64',
): Promise<Base> {
  const file = path.join(folder, 'saved.tar');
  fs.writeFileSync(file, await tarOf(files));
  const spec = { kind: 'docker-archive', path: file, ...(tag === undefined ? {} : { tag }) } as const;
  return openBase(spec, 'docker-archive:saved.tar', parsePlatform(platform), sources);
}

async function layers(base: Base, { sources }: TestSources): Promise<Buffer[]> {
  const streams = await Promise.all(base.layers.map((layer) => openBaseLayer(layer, sources)));
  return Promise.all(
    streams.map(async (stream) => Buffer.concat(await Array.fromAsync(stream as AsyncIterable<Buffer>))),
  );
}

/** As `docker save` wrote it before Docker 25: a folder per layer, equal layers as links. */
const old: TestFiles = {
  'aaa/layer.tar': first,
  'bbb/layer.tar': second,
  'ccc/layer.tar': symlink('../bbb/layer.tar'),
  'ddd/layer.tar': hardlink('bbb/layer.tar'),
  [`${hexOf(digestOf(configOf()))}.json`]: configOf(),
  'manifest.json': json([
    {
      Config: `${hexOf(digestOf(configOf()))}.json`,
      RepoTags: ['python:3.12', 'python:latest'],
      Layers: ['aaa/layer.tar', 'ccc/layer.tar'],
    },
  ]),
};

test('an archive in the old format: layers as they are, with their DiffId for a digest', async () => {
  await using test = await testSources();
  const base = await open(test, old);
  assert.equal(base.digest, digestOf(configOf()));
  assert.deepEqual(
    base.layers.map(({ descriptor }) => descriptor.digest),
    [digestOf(first), digestOf(second)],
  );
  assert.equal(base.layers[0]?.descriptor.mediaType, mediaTypes.layer);
  assert.deepEqual(await layers(base, test), [first, second]);
});

test('an archive in the new format, with compressed layers', async () => {
  await using test = await testSources();
  const [a, b] = [gzipSync(first), gzipSync(second)];
  const blob = (bytes: Buffer): string => `blobs/sha256/${hexOf(digestOf(bytes))}`;
  const image = { Config: blob(configOf()), RepoTags: null, Layers: [blob(a), blob(b)] };
  const files = { [blob(a)]: a, [blob(b)]: b, [blob(configOf())]: configOf(), 'manifest.json': json([image]) };
  const base = await open(test, { ...files, 'oci-layout': '{"imageLayoutVersion":"1.0.0"}' });
  assert.deepEqual(
    base.layers.map(({ descriptor }) => descriptor.digest),
    [digestOf(a), digestOf(b)],
  );
  assert.equal(base.layers[0]?.descriptor.mediaType, mediaTypes.layerGzip);
  assert.deepEqual(await layers(base, test), [a, b]);
});

test('of several images one is chosen by its name, its tag, or its platform', async () => {
  await using test = await testSources();
  const arm = { ...JSON.parse(configOf('arm64').toString()) } as object;
  const files = {
    ...old,
    'arm.json': json(arm),
    'manifest.json': json([
      {
        Config: `${hexOf(digestOf(configOf()))}.json`,
        RepoTags: ['python:3.12'],
        Layers: ['aaa/layer.tar', 'ddd/layer.tar'],
      },
      { Config: 'arm.json', RepoTags: ['python:3.13'], Layers: ['aaa/layer.tar', 'bbb/layer.tar'] },
    ]),
  };
  assert.equal((await open(test, files)).config.architecture, 'amd64');
  assert.equal((await open(test, files, undefined, 'linux/arm64')).config.architecture, 'arm64');
  for (const name of ['3.12', 'python:3.12', 'docker.io/library/python:3.12']) {
    assert.equal((await open(test, files, name)).digest, digestOf(configOf()), name);
  }
  const twice = {
    ...files,
    'other.json': json({ ...arm, architecture: 'amd64', author: 'other' }),
    'manifest.json': json([
      { Config: 'other.json', RepoTags: ['other:3.12'], Layers: ['aaa/layer.tar', 'bbb/layer.tar'] },
      ...(JSON.parse(files['manifest.json'].toString()) as unknown[]),
    ]),
  };
  for (const name of [undefined, '3.12']) {
    await rejectsWith(open(test, twice, name), 'base-not-found', /holds 2 images that fit/);
  }
  const missing = await rejectsWith(open(test, files, 'python:2.7'), 'base-not-found');
  assert.equal(missing.hint, 'Name one of them: python:3.12, python:3.13.');
  const platform = await rejectsWith(open(test, files, undefined, 'linux/s390x'), 'base-platform');
  assert.match(platform.hint ?? '', /linux\/amd64, linux\/arm64/);
});

test('a layer or config with other bytes is found out', async () => {
  await using test = await testSources();
  const changed = await open(test, { ...old, 'aaa/layer.tar': Buffer.from(first).fill(1, 600, 601) });
  await rejectsWith(layers(changed, test), 'digest-mismatch');
  const name = `${hexOf(digestOf(configOf()))}.json`;
  await rejectsWith(open(test, { ...old, [name]: configOf('arm64') }), 'digest-mismatch');
});

test('an archive without its manifest.json, with layers missing, or with fewer than the config lists is refused', async () => {
  await using test = await testSources();
  const image = { Config: `${hexOf(digestOf(configOf()))}.json`, RepoTags: [], Layers: ['aaa/layer.tar'] };
  for (const files of [
    { x: 'x' },
    { ...old, 'manifest.json': '{}' },
    { ...old, 'manifest.json': json([image]) },
    { ...old, 'manifest.json': json([{ ...image, Layers: ['aaa/layer.tar', 'none'] }]) },
    { ...old, 'manifest.json': json([{ ...image, Config: '../../etc/passwd' }]) },
    { ...old, 'ccc/layer.tar': symlink('layer.tar') },
  ]) {
    await rejectsWith(open(test, files), 'base-invalid');
  }
});

test('an archive that is compressed as a whole says what to do', async () => {
  await using test = await testSources();
  const file = path.join(test.folder, 'saved.tgz');
  fs.writeFileSync(
    file,
    gzipSync(Buffer.concat([await tarOf(old), Buffer.from(Array.from({ length: 2000 }, (_, i) => i * 7))])),
  );
  const opening = openBase({ kind: 'docker-archive', path: file }, 'x', parsePlatform('linux/amd64'), test.sources);
  const error = await rejectsWith(opening, 'archive-invalid', /compressed as a whole/);
  assert.match(error.hint ?? '', /gunzip/);
});
