import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Base, BaseFacts } from '../../src/base/base.ts';
import { openBaseLayer } from '../../src/base/blob.ts';
import { readBinary } from '../../src/base/binary.ts';
import { baseFacts } from '../../src/base/facts.ts';
import { openBase } from '../../src/base/open.ts';
import { hostPlatform, parsePlatform, type Platform } from '../../src/oci/platform.ts';
import { addImage, emptyBlobs, tagged, writeLayout } from '../base/image.ts';
import { testSources, type TestSources } from '../base/sources.ts';
import { pythonBase, pythonBaseMissing } from '../support/python-base.ts';

const needsApt = { skip: pythonBaseMissing };
const needsRoot = { skip: pythonBaseMissing || (process.getuid?.() !== 0 && 'chroot needs root') };
const needsSkopeo = {
  skip: process.env['CI'] !== 'true' && spawnSync('skopeo', ['--version']).status !== 0 && 'skopeo is not there',
};

async function factsOf(root: string, platform: Platform, test: TestSources): Promise<BaseFacts> {
  const base = await openBase({ kind: 'rootfs', path: root }, 'rootfs:root', platform, test.sources);
  return baseFacts(base, test.sources);
}

/** What the real interpreter says inside the root file system, which must stay as it is (-B: no bytecode). */
function asked(root: string, interpreter: string, expression: string): string {
  const code = `import os, platform, sys; print(${expression})`;
  return execFileSync('chroot', [root, interpreter, '-I', '-B', '-c', code], { encoding: 'utf8' }).trim();
}

test("facts of Debian's Python are what its own interpreter says", needsRoot, async () => {
  await using test = await testSources();
  const root = await pythonBase();
  const facts = await factsOf(root, hostPlatform(), test);
  const { interpreter, libc, machine } = facts;
  assert(interpreter !== undefined && libc !== undefined);
  assert.equal(interpreter.version, asked(root, interpreter.path, 'platform.python_version()'));
  assert.equal(interpreter.path, asked(root, '/usr/bin/python3', 'os.path.realpath(sys.executable)'));
  assert.equal(`${libc.kind} ${libc.version}`, asked(root, interpreter.path, "os.confstr('CS_GNU_LIBC_VERSION')"));
  assert.equal(machine, asked(root, interpreter.path, 'platform.machine()'));
  assert.equal(execFileSync('chroot', [root, facts.shell ?? '', '-c', 'echo hello'], { encoding: 'utf8' }), 'hello\n');
  for (const library of ['libstdc++.so.6', 'libssl.so.3', 'libz.so.1'])
    assert(facts.libraries.includes(library), library);
  assert.deepEqual(test.events, []);
});

test("the C library's version is the one that ldd says", needsApt, async () => {
  await using test = await testSources();
  const { libc } = await factsOf(await pythonBase(), hostPlatform(), test);
  const said = /(\d+\.\d+)\n/.exec(execFileSync('ldd', ['--version'], { encoding: 'utf8' }))?.[1];
  assert.equal(libc?.version, said);
});

test('an arm64 root file system has facts of its own, and is refused as amd64', needsApt, async () => {
  await using test = await testSources();
  const root = await pythonBase('arm64');
  const facts = await factsOf(root, parsePlatform('linux/arm64'), test);
  assert.equal(facts.machine, 'aarch64');
  assert.match(facts.interpreter?.version ?? '', /^3\.\d+\.\d+$/);
  assert.equal(facts.libc?.kind, 'glibc');
  await assert.rejects(factsOf(root, parsePlatform('linux/amd64'), test), { code: 'base-invalid' });
});

test('an ordinary user with another umask makes the same base', needsRoot, async () => {
  await using test = await testSources();
  const folder = path.join(test.folder, 'user');
  fs.mkdirSync(folder);
  fs.chownSync(folder, 65_534, 65_534);
  fs.chmodSync(test.folder, 0o755);
  const script = path.join(import.meta.dirname, '../../scripts/debian-python.ts');
  const command = `umask 077; exec "$0" "$@"`;
  const root = execFileSync('sh', ['-c', command, process.execPath, script, folder], {
    encoding: 'utf8',
    uid: 65_534,
    gid: 65_534,
    env: { ...process.env, HOME: folder },
  }).trim();
  const open = (place: string): Promise<Base> =>
    openBase({ kind: 'rootfs', path: place }, 'rootfs:root', hostPlatform(), test.sources);
  assert.equal((await open(root)).digest, (await open(await pythonBase())).digest);
});

test("musl's version is found in its real loader", needsApt, async () => {
  await using test = await testSources();
  execFileSync('apt-get', ['-oAcquire::Retries=5', 'download', 'musl'], { cwd: test.folder, stdio: 'ignore' });
  const [archive = ''] = fs.readdirSync(test.folder).filter((name) => name.endsWith('.deb'));
  execFileSync('dpkg-deb', ['-x', archive, 'musl'], { cwd: test.folder });
  const [library = ''] = fs.globSync('musl/**/libc.so', { cwd: test.folder });
  const binary = await readBinary(fs.createReadStream(path.join(test.folder, library)));
  const version = /^musl_([\d.]+)-/.exec(archive)?.[1] ?? '';
  assert.deepEqual(binary?.marks, [version]);
});

test("archives that skopeo writes are the layout's image again", needsSkopeo, async () => {
  await using test = await testSources();
  const blobs = emptyBlobs();
  const layers = [{ 'etc/a': 'a' }, { 'etc/b': 'b'.repeat(5000) }, { 'etc/a': 'a' }];
  const manifest = await addImage(blobs, { layers, config: { Cmd: ['a'] } });
  const layout = writeLayout(path.join(test.folder, 'layout'), blobs, [tagged(manifest, '1')]);
  const platform = parsePlatform('linux/amd64');
  const original = await openBase({ kind: 'oci', path: layout, tag: '1' }, 'oci:layout:1', platform, test.sources);
  for (const kind of ['oci-archive', 'docker-archive'] as const) {
    const file = path.join(test.folder, `${kind}.tar`);
    const name = kind === 'oci-archive' ? '2' : 'example.com/app:2';
    const args = ['copy', '--insecure-policy', `oci:${layout}:1`, `${kind}:${file}:${name}`];
    execFileSync('skopeo', args, { stdio: 'ignore' });
    const copied = await openBase({ kind, path: file, tag: name }, `${kind}:file`, platform, test.sources);
    assert.deepEqual(copied.config.rootfs, original.config.rootfs);
    assert.deepEqual(copied.config.config, original.config.config);
    const sizes = copied.layers.map(async (layer) => {
      const chunks = await Array.fromAsync((await openBaseLayer(layer, test.sources)) as AsyncIterable<Buffer>);
      return Buffer.concat(chunks).length;
    });
    assert.deepEqual(
      await Promise.all(sizes),
      copied.layers.map(({ descriptor }) => descriptor.size),
    );
  }
});
