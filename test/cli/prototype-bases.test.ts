import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { ContainerConfig, Descriptor } from '../../src/oci/manifest.ts';
import { addImage, emptyBlobs, type TestImage } from '../base/image.ts';
import { alpine, azureLinux, distroless, slim311 } from '../base/systems.ts';
import { layerHeaders, type LayoutImage, readLayout } from '../support/layout.ts';
import { memoryRegistry, type MemoryRegistry } from '../support/memory-registry.ts';
import { Rig } from '../support/rig.ts';
import { makeWheel } from '../support/wheel.ts';
import { addWheels, requirements } from './project.ts';

/** The bases that the prototype was made for: as they are named, and what stands there. */
const bases: Readonly<Record<string, { readonly base: string; readonly at: string; readonly image: TestImage }>> = {
  slim: { base: 'python:3.11-slim', at: 'docker.io/library/python:3.11-slim', image: slim311 },
  alpine: { base: 'python:3.11-alpine', at: 'docker.io/library/python:3.11-alpine', image: alpine },
  distroless: { base: 'gcr.io/distroless/python3', at: 'gcr.io/distroless/python3:latest', image: distroless },
  microsoft: {
    base: 'mcr.microsoft.com/python/distroless:3.12-nonroot',
    at: 'mcr.microsoft.com/python/distroless:3.12-nonroot',
    image: azureLinux,
  },
};

const native = ['manylinux_2_17_x86_64', 'musllinux_1_2_x86_64'].flatMap((platform) =>
  ['cp311', 'cp312'].map((python) =>
    makeWheel({ name: 'native', tag: `${python}-${python}-${platform}`, files: { 'native/of.txt': platform } }),
  ),
);

let registry: MemoryRegistry;
let rig: Rig;

/** One registry on the loopback interface stands for all three, below a path for each. */
before(async () => {
  registry = await memoryRegistry();
  for (const { at, image } of Object.values(bases)) await putBase(at, image);
  const hosts = ['docker.io', 'gcr.io', 'mcr.microsoft.com'];
  const targets = Object.entries(bases).map(([name, { base }]) => [name, { base, tags: [`example.com/${name}:1`] }]);
  const manifest = {
    defaults: { platforms: ['linux/amd64'] },
    targets: Object.fromEntries(targets),
    registries: Object.fromEntries(hosts.map((host) => [host, { mirrors: [`${registry.host}/${host}`] }])),
  };
  rig = new Rig({
    'pycontainer.yaml': JSON.stringify(manifest),
    'main.py': 'print("hello")\n',
    'requirements.txt': `native==1.0 ${native.map((wheel) => requirements(wheel).replace('native==1.0', '').trim()).join(' ')}\n`,
  });
  addWheels(rig, ...native);
  await rig.ok(['up']);
});
after(async () => {
  await rig[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

async function putBase(at: string, image: TestImage): Promise<void> {
  const [name = '', tag = ''] = at.split(':');
  const blobs = emptyBlobs();
  const manifest: Descriptor = await addImage(blobs, image);
  const repository = registry.repository(name);
  for (const [digest, bytes] of blobs.bytes) repository.blobs.set(digest, bytes);
  const bytes = blobs.bytes.get(manifest.digest) ?? Buffer.alloc(0);
  repository.manifests.set(manifest.digest, { mediaType: manifest.mediaType, bytes });
  repository.tags.set(tag, manifest.digest);
}

function built(name: string): LayoutImage {
  return readLayout(rig.path('.pycontainer/images', name));
}

function configOf(name: string): ContainerConfig {
  return built(name).config.config;
}

test('each is found through its mirror, under its own name, and pinned', () => {
  const lock = readFileSync(rig.path('pycontainer.lock'), 'utf8');
  for (const { base, at } of Object.values(bases)) {
    const [name = '', tag = ''] = at.split(':');
    assert(lock.includes(base), `${base} in\n${lock}`);
    assert(lock.includes(registry.repository(name).tags.get(tag) ?? '-'));
  }
  assert(!lock.includes(registry.host));
});

test('each gets the wheels that fit its C library and its Python', async () => {
  const found: Record<string, string | undefined> = {};
  for (const name of Object.keys(bases)) {
    const headers = await Promise.all(built(name).layers.map(layerHeaders));
    const paths = headers.flatMap((layer) => [...layer.keys()]);
    const prefix = /^(opt\/venv\/lib\/python3\.\d+)\/site-packages\/native\/of\.txt$/;
    const file = paths.find((one) => prefix.test(one)) ?? '';
    const tar = built(name).layers.find(({ tar }) => tar.includes('linux_')) ?? { tar: Buffer.alloc(0) };
    const platform = /(?:many|musl)linux_\w+?_x86_64/.exec(tar.tar.toString('latin1'))?.[0];
    found[name] = `${prefix.exec(file)?.[1]} ${platform}`;
  }
  assert.deepEqual(found, {
    slim: 'opt/venv/lib/python3.11 manylinux_2_17_x86_64',
    alpine: 'opt/venv/lib/python3.11 musllinux_1_2_x86_64',
    distroless: 'opt/venv/lib/python3.11 manylinux_2_17_x86_64',
    microsoft: 'opt/venv/lib/python3.12 manylinux_2_17_x86_64',
  });
});

test('each keeps what it says of itself, but for the start and what the venv needs', () => {
  for (const [name, { image }] of Object.entries(bases)) {
    const { Env = [], Entrypoint, Cmd, User, WorkingDir } = configOf(name);
    const own = (image.config?.Env ?? []).map((one) => one.replace(/^PATH=/, 'PATH=/opt/venv/bin:'));
    assert.deepEqual(Env.slice(0, own.length), own, name);
    assert(Env.includes('VIRTUAL_ENV=/opt/venv'), name);
    assert.deepEqual([Entrypoint ?? undefined, Cmd, WorkingDir], [undefined, ['python', 'main.py'], '/app'], name);
    assert.equal(User, image.config?.User, name);
  }
});

test('what is pinned is built again without asking for the tags', async () => {
  const before = registry.requests.length;
  const { stdout } = await rig.ok(['up', '--no-cache']);
  assert.equal(stdout.trim().split('\n').length, 4);
  const asked = registry.requests.slice(before).filter((request) => /\/manifests\/(?!sha256)/.test(request));
  assert.deepEqual(asked, []);
});
