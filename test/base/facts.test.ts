import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import type { BaseFacts } from '../../src/base/base.ts';
import { baseFacts } from '../../src/base/facts.ts';
import { openBase } from '../../src/base/open.ts';
import { rejectsWith } from '../support/rejects.ts';
import { addImage, emptyBlobs, hardlink, symlink, type TestFiles, type TestImage, writeLayout } from './image.ts';
import { testSources } from './sources.ts';
import { alpine, azureLinux, binary, debianPython, distroless, glibc, noPython, official, python } from './systems.ts';

async function factsOf(image: TestImage): Promise<{ facts: BaseFacts; warnings: string[] }> {
  await using test = await testSources();
  const blobs = emptyBlobs();
  const layout = writeLayout(path.join(test.folder, 'layout'), blobs, [await addImage(blobs, image)]);
  const platform = image.platform ?? { os: 'linux', architecture: 'amd64' };
  const base = await openBase({ kind: 'oci', path: layout }, 'oci:layout', platform, test.sources);
  const facts = await baseFacts(base, test.sources);
  return { facts, warnings: test.events.flatMap((event) => (event.type === 'warning' ? [event.message] : [])) };
}

/** The image with another layer on top. */
function withLayer(image: TestImage, files: TestFiles, environment?: readonly string[]): TestImage {
  const config = { ...image.config, Env: [...(image.config?.Env ?? []), ...(environment ?? [])] };
  return { ...image, config, layers: [...image.layers, files] };
}

test('an official image: Python in /usr/local, its packages, its shell', async () => {
  const { facts, warnings } = await factsOf(official);
  assert.deepEqual(facts, {
    interpreter: {
      path: '/usr/local/bin/python3.12',
      version: '3.12.7',
      implementation: 'cpython',
      freeThreaded: false,
      packages: { pip: '24.2', 'typing-extensions': '4.12.2' },
    },
    libc: { kind: 'glibc', version: '2.36' },
    machine: 'x86_64',
    shell: '/bin/sh',
    os: { id: 'debian', versionId: '12' },
    libraries: ['ld-linux-x86-64.so.2', 'libc.so.6', 'libpython3.12.so.1.0', 'libz.so.1', 'libz.so.1.2.13'],
    passwd: 'root:x:0:0:root:/root:/bin/bash\n',
    group: 'root:x:0:\n',
    folders: {
      '/bin': { symlink: '/usr/bin' },
      '/etc': { mode: 0o755, uid: 0, gid: 0 },
      '/lib': { symlink: '/usr/lib' },
      '/lib64': { symlink: '/usr/lib64' },
      '/root': { mode: 0o700, uid: 0, gid: 0 },
      '/tmp': { mode: 0o1777, uid: 0, gid: 0 },
      '/usr': { mode: 0o755, uid: 0, gid: 0 },
    },
  });
  assert.deepEqual(warnings, []);
});

test("Debian's own Python: dist-packages, where /usr/local comes first", async () => {
  const { facts, warnings } = await factsOf(debianPython);
  assert.equal(facts.interpreter?.path, '/usr/bin/python3.11');
  assert.equal(facts.interpreter?.version, '3.11.2');
  assert.deepEqual(facts.interpreter?.packages, { pyyaml: '6.0', six: '1.17.0' });
  assert.deepEqual(warnings, []);
});

test('distroless: no shell, the version from status.d', async () => {
  const { facts } = await factsOf(distroless);
  assert.equal(facts.shell, undefined);
  assert.equal(facts.interpreter?.path, '/usr/bin/python3.11');
  assert.equal(facts.interpreter?.version, '3.11.2');
  assert.deepEqual(facts.libc, { kind: 'glibc', version: '2.36' });
});

test('Alpine: musl, whose version stands in its loader', async () => {
  const { facts } = await factsOf(alpine);
  assert.deepEqual(facts.libc, { kind: 'musl', version: '1.2' });
  assert.deepEqual(facts.os, { id: 'alpine', versionId: '3.20.3' });
  assert.equal(facts.interpreter?.version, '3.11.12');
  assert.equal(facts.shell, '/bin/sh');
});

test('a distroless base of RPM packages: versions from the binaries alone', async () => {
  const { facts } = await factsOf(azureLinux);
  assert.equal(facts.interpreter?.version, '3.12.3');
  assert.deepEqual(facts.libc, { kind: 'glibc', version: '2.38' });
  assert.deepEqual(facts.os, { id: 'azurelinux', versionId: '3.0' });
  assert.equal(facts.shell, undefined);
  assert.deepEqual(facts.folders['/home/nonroot'], { mode: 0o700, uid: 65532, gid: 65532 });
});

test('a base without Python has a libc all the same', async () => {
  const { facts } = await factsOf(noPython);
  assert.equal(facts.interpreter, undefined);
  assert.deepEqual(facts.libc, { kind: 'glibc', version: '2.36' });
});

test('scratch has no facts but its machine', async () => {
  await using test = await testSources();
  const platform = { os: 'linux', architecture: 'arm', variant: 'v7' };
  const base = await openBase({ kind: 'scratch' }, 'scratch', platform, test.sources);
  assert.deepEqual(await baseFacts(base, test.sources), { machine: 'armv7l', libraries: [], folders: {} });
});

test('python3 on the PATH is chosen before a higher python3.X, and that one when python3 is whited out', async () => {
  const both = withLayer(official, {
    'usr/local/bin/python3.13': python('3.13.1'),
    'usr/local/lib/python3.13/os.py': '',
  });
  assert.equal((await factsOf(both)).facts.interpreter?.version, '3.12.7');
  const removed = withLayer(both, { 'usr/local/bin/.wh.python3': '', 'usr/local/bin/.wh.python': '' });
  assert.equal((await factsOf(removed)).facts.interpreter?.version, '3.13.1');
});

test('an interpreter that a later layer hides is not found', async () => {
  const { facts } = await factsOf(withLayer(debianPython, { 'usr/bin/.wh.python3': '', 'usr/bin/.wh.python3.11': '' }));
  assert.equal(facts.interpreter, undefined);
});

test('shims, Python 2, loops and what cannot be executed are passed over', async () => {
  const shims = {
    'opt/shims/python3': '#!/bin/sh\nexec pyenv python3\n',
    'opt/shims/python': symlink('/usr/bin/python2.7'),
    'usr/bin/python2.7': python('2.7.18'),
    'opt/loop/python3': symlink('python3'),
    'opt/plain/python3': { mode: 0o644, body: Buffer.from('\x7fELF') },
  };
  const path = 'PATH=/opt/shims:/opt/loop:/opt/plain:relative::/usr/bin';
  const { facts } = await factsOf(withLayer(debianPython, shims, [path]));
  assert.equal(facts.interpreter?.path, '/usr/bin/python3.11');
});

test('an interpreter with several names is found through hard links and alternatives', async () => {
  const files = {
    'opt/app/bin/python3.11': hardlink('usr/bin/python3.11'),
    'opt/app/bin/python3': symlink('/etc/alternatives/python3'),
    'etc/alternatives/python3': symlink('../../opt/app/bin/python3.11'),
    'opt/app/lib/python3.11/os.py': '',
  };
  const { facts } = await factsOf(withLayer(debianPython, files, ['PATH=/opt/app/bin']));
  assert.equal(facts.interpreter?.path, '/opt/app/bin/python3.11');
  assert.equal(facts.interpreter?.version, '3.11.2');
});

test('an interpreter that no folder of the PATH has is found where the image starts it', async () => {
  const files = { 'srv/py/bin/python3.10': python('3.10.4') };
  const image = withLayer(noPython, files);
  const { facts } = await factsOf({ ...image, config: { Entrypoint: ['/srv/py/bin/python3.10', '-I'] } });
  assert.equal(facts.interpreter?.version, '3.10.4');
});

test('a free-threaded build is known by its name or its only standard library', async () => {
  const named = withLayer(noPython, { 'usr/bin/python3.13t': python('3.13.0'), 'usr/lib/python3.13t/os.py': '' });
  const plain = withLayer(noPython, { 'usr/bin/python3.13': python('3.13.0'), 'usr/lib/python3.13t/os.py': '' });
  const both = withLayer(plain, { 'usr/lib/python3.13/os.py': '' });
  assert.equal((await factsOf(named)).facts.interpreter?.freeThreaded, true);
  assert.equal((await factsOf(plain)).facts.interpreter?.freeThreaded, true);
  assert.equal((await factsOf(both)).facts.interpreter?.freeThreaded, false);
});

const sysconfig = (flags: string): string =>
  `# generated\nbuild_time_vars = {'ABIFLAGS': '${flags}',\n 'AC_APPLE': 0}\n`;

test("a debug build is known by its _sysconfigdata, not by one that only stands beside the interpreter's", async () => {
  const lib = 'usr/local/lib/python3.12';
  const debug = { [`${lib}/_sysconfigdata_d_linux_x86_64-linux-gnu.py`]: sysconfig('d') };
  const own = { [`${lib}/_sysconfigdata__linux_x86_64-linux-gnu.py`]: sysconfig('') };
  const alone = await factsOf(withLayer(official, debug));
  assert.equal(alone.facts.interpreter?.debug, true);
  assert.deepEqual(alone.warnings, []);
  const beside = await factsOf(withLayer(official, { ...debug, ...own }));
  assert.equal(beside.facts.interpreter?.debug, undefined);
  assert.deepEqual(beside.warnings, []);
});

test('build-details.json is believed before _sysconfigdata, and both before the name of a folder; all are named', async () => {
  const lib = 'usr/lib/python3.14';
  const files = {
    'usr/bin/python3.14': python('3.14.0'),
    [`${lib}/os.py`]: '',
    [`${lib}/build-details.json`]: JSON.stringify({ abi: { flags: ['t'] } }),
    [`${lib}/_sysconfigdata__linux_x86_64-linux-gnu.py`]: sysconfig(''),
  };
  const { facts, warnings } = await factsOf(withLayer(noPython, files));
  assert.equal(facts.interpreter?.freeThreaded, true);
  assert.deepEqual(warnings, [
    `Python at /usr/bin/python3.14 is free-threaded by /${lib}/build-details.json, but not free-threaded by /${lib}/_sysconfigdata__linux_x86_64-linux-gnu.py`,
  ]);
});

test('PyPy is told apart, with the version of the language', async () => {
  const files = {
    'opt/pypy/bin/pypy3.10': python(),
    'opt/pypy/bin/pypy3': symlink('pypy3.10'),
    'opt/pypy/bin/python3': symlink('pypy3'),
    'opt/pypy/lib/pypy3.10/os.py': '',
    'opt/pypy/include/pypy3.10/patchlevel.h': '#define PY_VERSION "3.10.14"\n#define PYPY_VERSION "7.3.17"\n',
  };
  const { facts } = await factsOf(withLayer(noPython, files, ['PATH=/opt/pypy/bin:/usr/bin']));
  assert.equal(facts.interpreter?.implementation, 'pypy');
  assert.equal(facts.interpreter?.version, '3.10.14');
});

test('build-details.json (PEP 739) tells pre-releases', async () => {
  const info = { major: 3, minor: 15, micro: 0, releaselevel: 'candidate', serial: 2 };
  const files = {
    'usr/local/bin/python3': python(),
    'usr/local/lib/python3.15/build-details.json': JSON.stringify({
      language: { version: '3.15', version_info: info },
    }),
  };
  const { facts } = await factsOf(withLayer(noPython, files));
  assert.equal(facts.interpreter?.version, '3.15.0rc2');
});

test('where sources disagree the file is believed and both are named, every time', async () => {
  await using test = await testSources();
  const blobs = emptyBlobs();
  const image = withLayer(official, {}, ['PYTHON_VERSION=3.12.1']);
  const layout = writeLayout(path.join(test.folder, 'layout'), blobs, [await addImage(blobs, image)]);
  const platform = { os: 'linux', architecture: 'amd64' };
  const base = await openBase({ kind: 'oci', path: layout }, 'oci:layout', platform, test.sources);
  for (const facts of [await baseFacts(base, test.sources), await baseFacts(base, test.sources)]) {
    assert.equal(facts.interpreter?.version, '3.12.7');
  }
  const warning = {
    type: 'warning',
    code: 'base-facts',
    message:
      'Python at /usr/local/bin/python3.12 is 3.12.7 by /usr/local/include/python3.12/patchlevel.h, but 3.12.1 by PYTHON_VERSION',
    hint: '3.12.7 is believed.',
  };
  assert.deepEqual(test.events, [warning, warning]);
});

test('a PYTHON_VERSION that is about another Python, or not full, says nothing', async () => {
  for (const said of ['PYTHON_VERSION=3.11', 'PYTHON_VERSION=3.9.1', 'PYTHON_VERSION=latest']) {
    const { facts, warnings } = await factsOf(withLayer(debianPython, {}, [said]));
    assert.equal(facts.interpreter?.version, '3.11.2');
    assert.deepEqual(warnings, []);
  }
});

test('a version that nothing tells is taken for X.Y.0, with a warning', async () => {
  const { facts, warnings } = await factsOf(withLayer(noPython, { 'usr/bin/python3.9': python() }));
  assert.equal(facts.interpreter?.version, '3.9.0');
  assert.deepEqual(warnings, ['Nothing in the base tells the full version of Python 3.9 at /usr/bin/python3.9']);
});

test('an older glibc behind its links is read, and a newer one of a later layer', async () => {
  const old = {
    'usr/lib/x86_64-linux-gnu/libc.so.6': symlink('libc-2.31.so'),
    'usr/lib/x86_64-linux-gnu/libc-2.31.so': glibc('2.31'),
  };
  assert.deepEqual((await factsOf(withLayer(official, old))).facts.libc, { kind: 'glibc', version: '2.31' });
  const newer = { 'usr/lib/x86_64-linux-gnu/libc.so.6': glibc('2.41') };
  const { facts, warnings } = await factsOf(withLayer(debianPython, newer));
  assert.deepEqual(facts.libc, { kind: 'glibc', version: '2.41' });
  assert.deepEqual(warnings, [
    'glibc of the base is 2.41 by /usr/lib/x86_64-linux-gnu/libc.so.6, but 2.36 by the package database',
  ]);
});

test('an interpreter for another machine than the config says is refused', async () => {
  const arm = withLayer(noPython, { 'usr/bin/python3.11': binary({ machine: 'aarch64', strings: ['3.11.2'] }) });
  const error = await rejectsWith(
    factsOf(arm),
    'base-invalid',
    /linux\/amd64, but its \/usr\/bin\/python3.11 is for aarch64/,
  );
  assert.match(error.hint ?? '', /platform/);
});

test('folders that are not plain are listed at every depth', async () => {
  const files = {
    'var/lib/app/data/': { type: 'directory', mode: 0o2770, uid: 1000, gid: 1001 },
    'var/run': symlink('/run'),
    'run/lock/': { type: 'directory', mode: 0o1777 },
    'dev/shm/': { type: 'directory', mode: 0o1777 },
    'var/dangling': symlink('/none'),
  } as const;
  const { folders } = (await factsOf(withLayer(noPython, files))).facts;
  assert.deepEqual(folders['/var/lib/app/data'], { mode: 0o2770, uid: 1000, gid: 1001 });
  assert.deepEqual(folders['/var/run'], { symlink: '/run' });
  assert.deepEqual(folders['/run/lock'], { mode: 0o1777, uid: 0, gid: 0 });
  for (const absent of ['/var/lib', '/dev/shm', '/var/dangling']) assert.equal(folders[absent], undefined, absent);
});
