import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openAny } from '../../src/base/open.ts';
import { reportOf } from '../../src/image/report.ts';
import { addImage, addIndex, emptyBlobs, hardlink, type TestImage } from '../base/image.ts';
import { testSources } from '../base/sources.ts';
import { rejectsWith } from '../support/rejects.ts';
import { parsePlatform } from '../../src/oci/platform.ts';
import { opened } from './images.ts';

const site = 'opt/venv/lib/python3.12/site-packages';

const record = [
  'big/data,sha256=x,900',
  'big/gone,,3',
  'Big_One-2.0.dist-info/METADATA,,',
  '../../../bin/big,,',
  'big/data,,',
  '../../../../../../../../etc/passwd,,',
  'Big_One-2.0.dist-info/RECORD,,',
].join('\n');

const shop: TestImage = {
  layers: [
    { 'etc/a': 'aaaa', 'etc/b': 'b' },
    {
      [`${site}/big/data`]: 'x'.repeat(900),
      [`${site}/Big_One-2.0.dist-info/METADATA`]: 'm',
      'opt/venv/bin/big': 'launch',
    },
    {
      [`${site}/Big_One-2.0.dist-info/RECORD`]: record,
      [`${site}/none-1.0.dist-info/METADATA`]: 'm',
    },
    { 'app/main.py': 'x', 'etc/.wh.a': '' },
  ],
  config: { Cmd: ['python'] },
  change: (document, what) => {
    const ours = (title: string): object => ({ created_by: `pycontainer: ${title}`, comment: 'pycontainer' });
    if (what === 'config') {
      document['history'] = [
        { created_by: 'ADD rootfs' },
        { created_by: 'ENV A', empty_layer: true },
        ours('big-one 2.0'),
        ours('venv'),
        ours('app'),
      ];
    } else document['annotations'] = { 'org.opencontainers.image.base.name': 'docker.io/library/python:3' };
  },
};

test('each layer is told by what made it, with what is in it', async () => {
  await using test = await testSources();
  const { layers, base, sizeBytes, uncompressedSizeBytes } = await reportOf(await opened(shop, test), test.sources);
  assert.deepEqual(
    layers.map(({ kind, title, files, removed, packages }) => [kind, title, files, removed, packages]),
    [
      ['other', 'ADD rootfs', 2, 0, []],
      ['package', 'big-one 2.0', 3, 0, ['Big_One 2.0']],
      ['venv', 'venv', 2, 0, ['none 1.0']],
      ['app', 'app', 1, 1, []],
    ],
  );
  assert.deepEqual(base, { name: 'docker.io/library/python:3', digest: undefined });
  assert.equal(
    sizeBytes,
    layers.reduce((sum, layer) => sum + layer.sizeBytes, 0),
  );
  assert(uncompressedSizeBytes > sizeBytes && layers.every((layer) => layer.uncompressedSizeBytes % 512 === 0));
});

test('a package is as large as the files that its RECORD lists and that are there, each once', async () => {
  await using test = await testSources();
  const { packages } = await reportOf(await opened(shop, test), test.sources);
  assert.deepEqual(packages, [
    { name: 'big-one', version: '2.0', folder: `/${site}`, sizeBytes: 900 + 1 + 6 + record.length },
    { name: 'none', version: '1.0', folder: `/${site}`, sizeBytes: undefined },
  ]);
});

test('a history that does not fit the layers is believed in nothing', async () => {
  await using test = await testSources();
  const { layers } = await reportOf(
    await opened(
      {
        ...shop,
        change: (document) => void (document['history'] = [{ created_by: 'pycontainer: app', comment: 'pycontainer' }]),
      },
      test,
    ),
    test.sources,
  );
  assert(layers.every(({ kind, title }) => kind === 'other' && title === ''));
});

test('layers are read once, and a registry is asked for their blobs once', async () => {
  const blobs = emptyBlobs();
  const [amd64, arm64] = await Promise.all(
    ['linux/amd64', 'linux/arm64'].map(async (text) => {
      const platform = parsePlatform(text);
      return { ...(await addImage(blobs, { layers: [{ [text]: hardlink('none'), x: 'x' }], platform })), platform };
    }),
  );
  assert(amd64 !== undefined && arm64 !== undefined);
  await using test = await testSources(blobs, new Map([['1', addIndex(blobs, [amd64, arm64])]]));
  const sources = { ...test.sources, keepLayers: true };
  const reference = { host: 'registry.example', repository: 'x', tag: '1' };
  const report = async (platform?: string): Promise<string> => {
    const wanted = platform === undefined ? undefined : parsePlatform(platform);
    const image = await openAny({ kind: 'registry', reference }, 'registry.example/x:1', wanted, sources);
    const { platforms, digest } = await reportOf(image, sources);
    assert.deepEqual(platforms, ['linux/amd64', 'linux/arm64']);
    return digest;
  };
  assert.equal(await report('linux/arm64'), arm64.digest);
  assert.equal(await report('linux/arm64'), arm64.digest);
  assert.equal(await report('linux/amd64'), amd64.digest);
  const asked = test.asked.filter((what) => what.startsWith('blob'));
  assert.equal(new Set(asked).size, asked.length);
  assert.equal(asked.length, 4, 'a config and a layer each');
});

test('without a platform an image for another machine is opened all the same', async () => {
  await using test = await testSources();
  const image = await opened({ layers: [{ a: 'a' }], platform: { os: 'linux', architecture: 's390x' } }, test);
  assert.deepEqual(image.platform, { os: 'linux', architecture: 's390x' });
});

test('a layer that is not what the config says is refused', async () => {
  await using test = await testSources();
  const image = await opened({ layers: [{ a: 'a' }] }, test);
  const [layer] = image.layers;
  const [other] = (await opened({ layers: [{ b: 'b' }] }, test)).layers;
  assert(layer !== undefined && other !== undefined);
  const wrong = { ...image, layers: [{ ...layer, diffId: other.diffId }] };
  await rejectsWith(reportOf(wrong, test.sources), 'digest-mismatch');
});
