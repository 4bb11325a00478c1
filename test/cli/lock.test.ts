import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { addImage, emptyBlobs, type TestImage } from '../base/image.ts';
import { official } from '../base/systems.ts';
import { memoryRegistry, type MemoryRegistry } from '../support/memory-registry.ts';
import type { Rig } from '../support/rig.ts';
import { manifest, smallProject } from './project.ts';

const newer: TestImage = { ...official, layers: [...official.layers, { 'etc/newer': '' }] };

test('up pins a base that is new, in one line with its facts, and never moves it', async () => {
  await using registry = await memoryRegistry();
  const digest = await publish(registry, official);
  await using rig = await project(registry);
  const { stdout } = await rig.ok(['up']);
  const line = `base ${registry.host}/python:3.12 linux/amd64 ${digest} python=3.12.7 interpreter=/usr/local/bin/python3.12 libc=glibc-2.36`;
  assert.equal(
    lockOf(rig)
      .split('\n')
      .filter((text) => text.startsWith('base '))
      .join('\n'),
    line,
  );
  await publish(registry, newer);
  assert.equal((await rig.ok(['up'])).stdout, stdout);
  assert(lockOf(rig).includes(line));
});

test('lock moves the pin, and lock --check says beforehand whether it would', async () => {
  await using registry = await memoryRegistry();
  await publish(registry, official);
  await using rig = await project(registry);
  assert.equal((await rig.run(['lock', '--check'])).status, 1);
  await rig.ok(['lock']);
  assert.equal((await rig.run(['lock', '--check'])).status, 0);
  const digest = await publish(registry, newer);
  await rig.ok(['lock']);
  assert(lockOf(rig).includes(digest));
});

test('up --pull takes what the tag stands for now', async () => {
  await using registry = await memoryRegistry();
  await publish(registry, official);
  await using rig = await project(registry);
  await rig.ok(['up']);
  const digest = await publish(registry, newer);
  await rig.ok(['up', '--pull']);
  assert(lockOf(rig).includes(digest));
});

test('--locked fails where the lock would change, and then nothing is written', async () => {
  await using registry = await memoryRegistry();
  await publish(registry, official);
  await using rig = await project(registry);
  const { status, stderr } = await rig.run(['up', '--locked']);
  assert.equal(status, 1);
  assert.match(stderr, /^error\[locked\].*python:3\.12/m);
  assert(!existsSync(rig.path('pycontainer.lock')) && !existsSync(rig.path('.pycontainer')));
  await rig.ok(['lock']);
  await rig.ok(['up', '--locked']);
});

test('--offline needs a pin, and then no network', async () => {
  await using registry = await memoryRegistry();
  await publish(registry, official);
  await using rig = await project(registry);
  const { status, stderr } = await rig.run(['up', '--offline']);
  assert.equal(status, 1);
  assert.match(stderr, /^error\[offline\][\s\S]*help: /m);
  assert.deepEqual(registry.requests, []);
  await rig.ok(['up']);
  const asked = registry.requests.length;
  rig.write({ 'main.py': 'print("offline")\n' });
  await rig.ok(['up', '--offline']);
  assert.equal(registry.requests.length, asked);
});

async function publish(registry: MemoryRegistry, image: TestImage): Promise<string> {
  const repository = registry.repository('python');
  const blobs = emptyBlobs();
  const { digest, mediaType } = await addImage(blobs, image);
  for (const [name, bytes] of blobs.bytes) repository.blobs.set(name, bytes);
  repository.manifests.set(digest, { mediaType, bytes: blobs.bytes.get(digest) ?? Buffer.alloc(0) });
  repository.tags.set('3.12', digest);
  return digest;
}

async function project({ host }: MemoryRegistry): Promise<Rig> {
  return smallProject({
    'pycontainer.yaml': `${manifest.replace('oci:../base', `${host}/python:3.12`)}registries: { "${host}": { insecure: true } }\n`,
  });
}

function lockOf(rig: Rig): string {
  return readFileSync(path.join(rig.folder, 'pycontainer.lock'), 'utf8');
}
