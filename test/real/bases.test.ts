import assert from 'node:assert/strict';
import { cpSync, globSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { baseFacts } from '../../src/base/facts.ts';
import { openBase } from '../../src/base/open.ts';
import { hostPlatform } from '../../src/oci/platform.ts';
import { testSources } from '../base/sources.ts';
import { baseNames, writeBases } from '../support/bases.ts';
import { freePort } from '../support/daemon.ts';
import { nativeRig } from '../support/native-project.ts';
import { pythonBase, pythonBaseMissing } from '../support/python-base.ts';
import { partsMissing } from '../support/real-parts.ts';
import { checker } from '../support/stack.ts';
import { unpackImage, unpackParts } from '../support/unpacked.ts';

const needsRoot = { skip: pythonBaseMissing || partsMissing('root', ...unpackParts) };
const needsApt = { skip: pythonBaseMissing };

test('one root file system is a slim base, one with packages, and one without a shell', needsApt, async () => {
  await using test = await testSources();
  const layout = path.join(test.folder, 'bases');
  await writeBases(layout, { shadows: ['six'] });
  const facts = baseNames.map(async (tag) => {
    const place = { kind: 'oci', path: layout, tag } as const;
    return baseFacts(await openBase(place, `oci:bases:${tag}`, hostPlatform(), test.sources), test.sources);
  });
  const [slim, debian, distroless] = await Promise.all(facts);
  assert.match(slim?.shell ?? '', /\/sh$/);
  assert.equal(debian?.shell, slim?.shell);
  assert.equal(distroless?.shell, undefined);
  assert.deepEqual(debian?.interpreter, { ...slim?.interpreter, packages: { six: '0.1' } });
  assert.deepEqual(distroless?.interpreter, slim?.interpreter);
  for (const one of [debian, distroless]) assert.deepEqual([one?.libc, one?.os], [slim?.libc, slim?.os]);
});

test('a Python of its own below /usr/local is found, and packages run on it', needsRoot, async () => {
  await using rig = await nativeRig('rootfs:../base');
  const base = path.join(rig.root, 'base');
  cpSync(await pythonBase(), base, { recursive: true, verbatimSymlinks: true });
  const python = moveToLocal(base);
  const port = await freePort();
  await rig.ok(['up', '--set', `served.environment.PORT="${port}"`]);
  const { architecture } = hostPlatform();
  const image = await unpackImage(rig.path('.pycontainer/images/served'), architecture, rig.root);
  const where = 'import os, sys; print(os.path.realpath(sys.executable), os.__file__)';
  assert.equal(await image.run('python', '-B', '-c', where), `/usr/local/bin/${python} /usr/local/lib/${python}/os.py`);
  assert.match(await image.run('python', '-B', '-c', checker, 'limits==1.0'), /^3 packages with \d+ files are right$/);
  const get = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/`)).text();
  await using _app = await image.start(async () => (await get()) !== '');
  assert.match(await get(), /^\{"open_files": \d+\}$/);
});

test('a base that has lost its Python is refused', needsRoot, async () => {
  await using rig = await nativeRig('rootfs:../base');
  const base = path.join(rig.root, 'base');
  cpSync(await pythonBase(), base, { recursive: true, verbatimSymlinks: true });
  for (const name of globSync('usr/bin/python3*', { cwd: base })) rmSync(path.join(base, name));
  const { status, stderr } = await rig.run(['plan']);
  assert.equal(status, 2);
  assert.match(
    stderr,
    /^error\[base-python\]: rootfs:\.\.\/base has no Python for linux\/\w+\n --> pycontainer\.yaml:3:/,
  );
});

/** As the official images have it. Gives the interpreter's name. */
function moveToLocal(root: string): string {
  const [python = ''] = globSync('python3.*', { cwd: path.join(root, 'usr/bin') });
  for (const folder of ['bin', 'lib']) {
    mkdirSync(path.join(root, 'usr/local', folder), { recursive: true });
    renameSync(path.join(root, 'usr', folder, python), path.join(root, 'usr/local', folder, python));
  }
  rmSync(path.join(root, 'usr/bin/python3'));
  symlinkSync(python, path.join(root, 'usr/local/bin/python3'));
  return python;
}
