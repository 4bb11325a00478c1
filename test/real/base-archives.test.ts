import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import type { Base } from '../../src/base/base.ts';
import { layerFiles } from '../../src/base/layer-files.ts';
import { openBase } from '../../src/base/open.ts';
import { hostPlatform } from '../../src/oci/platform.ts';
import { tarOf } from '../base/image.ts';
import { testSources, type TestSources } from '../base/sources.ts';
import { startDocker, startPodman, type TestEngine } from '../support/engine.ts';
import { partsMissing } from '../support/real-parts.ts';

const execute = promisify(execFile);

interface Image {
  readonly name: string;
  /** As the engine has it: `sha256:…`. */
  readonly id: string;
  readonly diffIds: readonly string[];
}

/** Two images of which the second has a layer more; names them `local/one:1` and `local/two:2`. */
async function makeImages(engine: TestEngine, folder: string): Promise<readonly [Image, Image]> {
  const tar = path.join(folder, 'root.tar');
  writeFileSync(tar, await tarOf({ 'etc/os-release': 'ID=first\n', 'data/large': 'x'.repeat(300_000) }));
  await engine.run('import', '--change', 'CMD ["/first"]', '--change', 'ENV A=1', tar, 'local/one:1');
  const container = await engine.run('create', 'local/one:1', '/x');
  const file = path.join(folder, 'added');
  writeFileSync(file, 'ID=second\n');
  await engine.run('cp', file, `${container}:/etc/os-release`);
  await engine.run('commit', '--change', 'CMD ["/second"]', container, 'local/two:2');
  await engine.run('rm', container);
  return [await imageOf(engine, 'local/one:1'), await imageOf(engine, 'local/two:2')];
}

async function imageOf(engine: TestEngine, name: string): Promise<Image> {
  const [id = '', layers = '[]'] = (
    await engine.run('inspect', '--type', 'image', '--format', '{{.Id}} {{json .RootFS.Layers}}', name)
  ).split(' ');
  return { name, id: id.startsWith('sha256:') ? id : `sha256:${id}`, diffIds: JSON.parse(layers) as string[] };
}

type Kind = 'docker-archive' | 'oci-archive';

async function open(kind: Kind, file: string, tag: string | undefined, { sources }: TestSources): Promise<Base> {
  const spec = { kind, path: file, ...(tag === undefined ? {} : { tag }) };
  return openBase(spec, `${kind}:${file}`, hostPlatform(), sources);
}

/** Reads all layers, which checks them against the config's DiffIds; gives what /etc/os-release is in the end. */
async function identityOf(base: Base, { sources }: TestSources): Promise<string | undefined> {
  let identity: string | undefined;
  for (const layer of base.layers) {
    const files = await layerFiles(layer, sources);
    identity = files.find((file) => file.path === 'etc/os-release')?.text ?? identity;
  }
  return identity;
}

async function assertIs(base: Base, image: Image, identity: string, cmd: string, sources: TestSources): Promise<void> {
  assert.deepEqual(base.config.rootfs.diff_ids, image.diffIds);
  assert.deepEqual(base.config.config?.Cmd, [cmd]);
  assert(base.config.config?.Env?.includes('A=1'));
  assert.equal(await identityOf(base, sources), `ID=${identity}\n`);
}

const withDocker = { skip: partsMissing('root', 'dockerd', 'skopeo') };

test('what docker save writes of one image and of several is a base', withDocker, async () => {
  await using sources = await testSources();
  await using docker = await startDocker();
  const [one, two] = await makeImages(docker, sources.folder);
  const single = path.join(sources.folder, 'single.tar');
  await docker.run('save', '--output', single, two.name);
  const base = await open('docker-archive', single, undefined, sources);
  assert.equal(base.digest, two.id);
  await assertIs(base, two, 'second', '/second', sources);
  const both = path.join(sources.folder, 'both.tar');
  await docker.run('save', '--output', both, one.name, two.name);
  await assertIs(await open('docker-archive', both, '1', sources), one, 'first', '/first', sources);
  await assertIs(await open('docker-archive', both, 'local/two:2', sources), two, 'second', '/second', sources);
  await assert.rejects(open('docker-archive', both, undefined, sources), { code: 'base-not-found' });
  await assert.rejects(open('docker-archive', both, '3', sources), (error: Error & { hint?: string }) => {
    assert.match(error.hint ?? '', /local\/one:1, local\/two:2/);
    return true;
  });
});

test("what skopeo takes out of Docker's own storage is the same base", withDocker, async () => {
  await using sources = await testSources();
  await using docker = await startDocker();
  const [, two] = await makeImages(docker, sources.folder);
  const host = docker.command.find((word) => word.startsWith('unix://')) ?? '';
  for (const kind of ['docker-archive', 'oci-archive'] as const) {
    const file = path.join(sources.folder, `${kind}.tar`);
    const to = kind === 'oci-archive' ? `${kind}:${file}:2` : `${kind}:${file}:${two.name}`;
    const args = ['--insecure-policy', 'copy', '--src-daemon-host', host, `docker-daemon:${two.name}`, to];
    await execute('skopeo', args);
    await assertIs(await open(kind, file, undefined, sources), two, 'second', '/second', sources);
  }
});

test('what podman save writes is a base, in both formats', { skip: partsMissing('root', 'podman') }, async () => {
  await using sources = await testSources();
  await using podman = await startPodman();
  const [one, two] = await makeImages(podman, sources.folder);
  for (const kind of ['docker-archive', 'oci-archive'] as const) {
    const file = path.join(sources.folder, `${kind}.tar`);
    await podman.run('save', '--quiet', '--format', kind, '--output', file, two.name);
    await assertIs(await open(kind, file, undefined, sources), two, 'second', '/second', sources);
  }
  const both = path.join(sources.folder, 'both.tar');
  await podman.run('save', '--quiet', '--multi-image-archive', '--output', both, one.name, two.name);
  await assertIs(await open('docker-archive', both, '1', sources), one, 'first', '/first', sources);
  await assertIs(await open('docker-archive', both, '2', sources), two, 'second', '/second', sources);
});
