import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Base } from '../../src/base/base.ts';
import { assembleImage, assembleTarget } from '../../src/image/assemble.ts';
import type { ImageSettings } from '../../src/image/config.ts';
import type { Image, ImageLayer } from '../../src/image/image.ts';
import { digestOf, parseDiffId } from '../../src/oci/digest.ts';
import type { ContainerConfig, ImageConfig, ImageManifest } from '../../src/oci/manifest.ts';
import { mediaTypes } from '../../src/oci/manifest.ts';

const settings: ImageSettings = {
  environment: {},
  workdir: '/app',
  inferred: false,
  ports: [],
  volumes: [],
  labels: {},
  createdSeconds: 315532800,
};

function layer(name: string): ImageLayer {
  return {
    descriptor: { mediaType: mediaTypes.layerGzip, digest: digestOf(name), size: name.length },
    diffId: parseDiffId(digestOf(`tar of ${name}`)),
    origin: { kind: 'store' },
    title: name,
  };
}

function base(config: ContainerConfig, more: Partial<ImageConfig> = {}): Base {
  const below = layer('below');
  return {
    text: 'python:3.12-slim',
    reference: { host: 'docker.io', repository: 'library/python', tag: '3.12-slim' },
    platform: { os: 'linux', architecture: 'amd64' },
    digest: digestOf('base'),
    config: {
      os: 'linux',
      architecture: 'amd64',
      config,
      rootfs: { type: 'layers', diff_ids: [below.diffId] },
      history: [{ created_by: 'ADD rootfs' }, { created_by: 'ENV', empty_layer: true }],
      ...more,
    },
    layers: [
      {
        descriptor: { ...below.descriptor, mediaType: mediaTypes.dockerLayerGzip },
        diffId: below.diffId,
        origin: below.origin,
      },
    ],
  };
}

function assemble(below: Base, more: Partial<ImageSettings> = {}): Image {
  return assembleImage({
    base: below,
    layers: [layer('app')],
    settings: { ...settings, ...more },
    annotations: { 'org.example': 'x' },
  });
}

function configOf(image: Image): ImageConfig {
  return JSON.parse(image.config.bytes.toString()) as ImageConfig;
}

test('diff_ids and history go on where the base ends, one history entry a layer', () => {
  const config = configOf(assemble(base({})));
  assert.equal(config.rootfs.diff_ids.length, 2);
  assert.deepEqual(
    config.history?.map((entry) => [entry.created_by, entry.empty_layer ?? false]),
    [
      ['ADD rootfs', false],
      ['ENV', true],
      ['pycontainer: app', false],
    ],
  );
});

test('a base without history, or with a wrong number of entries, still gives one entry a layer', () => {
  for (const history of [undefined, [], [{ created_by: 'a' }, { created_by: 'b' }]]) {
    const config = configOf(assemble(base({}, { history: history ?? [] })));
    assert.equal(config.history?.length, 2);
  }
});

test('the manifest is of the OCI kind even over a Docker base, and names what it stands on', () => {
  const image = assemble(base({}));
  const manifest = JSON.parse(image.manifest.bytes.toString()) as ImageManifest;
  assert.equal(manifest.mediaType, mediaTypes.manifest);
  assert.deepEqual(
    manifest.layers.map(({ mediaType }) => mediaType),
    [mediaTypes.layerGzip, mediaTypes.layerGzip],
  );
  assert.deepEqual(manifest.annotations, {
    'org.example': 'x',
    'org.opencontainers.image.base.digest': digestOf('base'),
    'org.opencontainers.image.base.name': 'docker.io/library/python:3.12-slim',
  });
  assert.equal(manifest.config.digest, digestOf(image.config.bytes));
});

test("the venv's bin folder comes first on PATH, once, and a PATH of the user's own stays as it is", () => {
  const env = (more: Partial<ImageSettings>): readonly string[] | undefined =>
    configOf(assemble(base({ Env: ['PATH=/usr/bin:/bin', 'LANG=C'] }), { binFolder: '/opt/venv/bin', ...more })).config
      ?.Env;
  assert.deepEqual(env({ environment: { LANG: 'C.UTF-8', A: '1=2' } }), [
    'PATH=/opt/venv/bin:/usr/bin:/bin',
    'LANG=C.UTF-8',
    'VIRTUAL_ENV=/opt/venv',
    'A=1=2',
  ]);
  assert.equal(env({ environment: { PATH: '/x' } })?.[0], 'PATH=/x');
});

test('a new entrypoint clears the cmd of the base, a new cmd keeps its entrypoint', () => {
  const below = base({ Entrypoint: ['/entry.sh'], Cmd: ['python3'] });
  assert.deepEqual(start(assemble(below, { entrypoint: ['app'] })), [['app'], null]);
  assert.deepEqual(start(assemble(below, { cmd: ['serve'] })), [['/entry.sh'], ['serve']]);
  assert.deepEqual(start(assemble(below)), [['/entry.sh'], ['python3']]);
});

test('an inferred start clears a base entrypoint that is a Python interpreter, an asked one keeps it', () => {
  const below = base({ Entrypoint: ['/usr/bin/python3.11'] });
  assert.deepEqual(start(assemble(below, { cmd: ['serve'], inferred: true })), [null, ['serve']]);
  assert.deepEqual(start(assemble(below, { cmd: ['-m', 'app'] })), [['/usr/bin/python3.11'], ['-m', 'app']]);
});

test('ports, volumes, labels and health check are added to those of the base, in a fixed order', () => {
  const below = base({ ExposedPorts: { '80/tcp': {} }, Labels: { a: '1', b: '2' } });
  const { config } = configOf(
    assemble(below, {
      ports: ['9000/udp', '8000'],
      volumes: ['/data'],
      labels: { c: '3', a: '0' },
      healthcheck: { test: ['CMD', 'true'], intervalMs: 1500 },
    }),
  );
  assert.deepEqual(Object.keys(config?.ExposedPorts ?? {}), ['80/tcp', '8000/tcp', '9000/udp']);
  assert.deepEqual(config?.Volumes, { '/data': {} });
  assert.deepEqual(config?.Labels, { a: '0', b: '2', c: '3' });
  assert.deepEqual(config?.Healthcheck, { Test: ['CMD', 'true'], Interval: 1_500_000_000 });
});

test('one platform gives its manifest, several an index in their order', () => {
  const image = assemble(base({}));
  assert.equal(assembleTarget('api', [image]).root.descriptor.mediaType, mediaTypes.manifest);
  const index = assembleTarget('api', [image, { ...image, platform: { os: 'linux', architecture: 'arm64' } }]).root;
  assert.equal(index.descriptor.mediaType, mediaTypes.index);
  const { manifests } = JSON.parse(index.bytes.toString()) as { manifests: { platform: { architecture: string } }[] };
  assert.deepEqual(
    manifests.map(({ platform }) => platform.architecture),
    ['amd64', 'arm64'],
  );
});

function start(image: Image): unknown {
  const { config } = configOf(image);
  return [config?.Entrypoint, config?.Cmd];
}
