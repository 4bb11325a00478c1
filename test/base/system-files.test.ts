import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { interestIn } from '../../src/base/interest.ts';
import { libraryFolders, sharedLibraries } from '../../src/base/libraries.ts';
import { isMachineOf, machineOf } from '../../src/base/machine.ts';
import { osRelease } from '../../src/base/os-release.ts';
import { installedPackages, upstreamVersion } from '../../src/base/package-database.ts';
import { pythonVersion } from '../../src/base/python-version.ts';
import { Tree } from '../../src/base/tree.ts';
import { parsePlatform } from '../../src/oci/platform.ts';

function treeOf(files: Readonly<Record<string, string>>): Tree {
  const tree = new Tree();
  const common = { type: 'file', mode: 0o644, uid: 0, gid: 0 } as const;
  tree.apply(Object.entries(files).map(([path, text]) => ({ ...common, path, text })));
  return tree;
}

test('packages are read from dpkg, status.d and apk; what was removed does not count', () => {
  const packages = installedPackages(
    treeOf({
      'var/lib/dpkg/status': [
        'Package: libc6\nStatus: install ok installed\nVersion: 2.36-9\nDescription: x\n Version: 1\n',
        'Package: gone\nStatus: deinstall ok config-files\nVersion: 1.0\n',
        'Package: half\nStatus: install ok half-installed\nVersion: 1.0\n',
        'Package: no-version\nStatus: install ok installed\n',
      ].join('\n'),
      'var/lib/dpkg/status.d/tzdata': 'Package: tzdata\nVersion: 2024a-0\n',
      'lib/apk/db/installed': 'P:musl\nV:1.2.5-r0\n\nC:Q1\nP:busybox\nV:1.36.1-r29\nF:bin\nR:busybox\n',
    }),
  );
  assert.deepEqual(Object.fromEntries(packages), {
    libc6: '2.36-9',
    tzdata: '2024a-0',
    musl: '1.2.5-r0',
    busybox: '1.36.1-r29',
  });
});

test('the upstream version is what stands between epoch and revision', () => {
  const cases = {
    '1:3.11.2-6+deb12u5': '3.11.2',
    '3.13.0~rc1-1': '3.13.0rc1',
    '3.13.0_rc2-r0': '3.13.0rc2',
    '2.36': '2.36',
  };
  for (const [version, expected] of Object.entries(cases)) assert.equal(upstreamVersion(version), expected);
});

test('os-release is read with its quotes, from /etc or /usr/lib', () => {
  const cases: [string, unknown][] = [
    ['ID=debian\nVERSION_ID="12"\n', { id: 'debian', versionId: '12' }],
    ["ID='alpine'\nVERSION_ID=3.20.3", { id: 'alpine', versionId: '3.20.3' }],
    ['ID=old\nID="wolfi"\nVERSION_ID=\n', { id: 'wolfi' }],
    ['NAME=x\n', { id: 'linux' }],
  ];
  for (const [text, expected] of cases) {
    assert.deepEqual(osRelease(treeOf({ 'etc/os-release': text })), expected);
    assert.deepEqual(osRelease(treeOf({ 'usr/lib/os-release': text })), expected);
  }
  assert.equal(osRelease(treeOf({})), undefined);
});

test("libraries are those in the loader's folders, also where its configuration names them", () => {
  const tree = treeOf({
    'etc/ld.so.conf': 'include /etc/ld.so.conf.d/*.conf\n/opt/lib # mine\n',
    'etc/ld.so.conf.d/nvidia.conf': '/usr/local/nvidia/lib64\n# /opt/none\n',
    'etc/ld.so.conf.d/README': '/opt/readme\n',
    'etc/ld-musl-x86_64.path': '/opt/musl:/opt/other\n',
    'usr/lib/x86_64-linux-gnu/libz.so.1': '',
    'usr/lib/x86_64-linux-gnu/private/libx.so': '',
    'usr/lib/libreadme.txt': '',
    'usr/local/nvidia/lib64/libcuda.so.1': '',
    'opt/lib/liba.so': '',
    'opt/musl/libm.so': '',
    'opt/other/libo.so.2.1': '',
    'opt/readme/libr.so': '',
  });
  tree.apply([{ path: 'opt/lib/libgone.so', type: 'symlink', mode: 0o777, uid: 0, gid: 0, target: 'none' }]);
  const found = sharedLibraries(tree, libraryFolders(tree));
  assert.deepEqual(found, ['liba.so', 'libcuda.so.1', 'libm.so', 'libo.so.2.1', 'libz.so.1']);
});

test('machines are named as platform.machine() names them', () => {
  const cases = {
    'linux/amd64': 'x86_64',
    'linux/arm64/v8': 'aarch64',
    'linux/arm/v7': 'armv7l',
    'linux/arm/v6': 'armv6l',
    'linux/386': 'i686',
    'linux/ppc64le': 'ppc64le',
    'linux/s390x': 's390x',
    'linux/riscv64': 'riscv64',
  };
  for (const [platform, machine] of Object.entries(cases)) assert.equal(machineOf(parsePlatform(platform)), machine);
  assert(isMachineOf('armhf', parsePlatform('linux/arm/v7')));
  assert(isMachineOf('x86_64', parsePlatform('linux/amd64')));
  assert(!isMachineOf('aarch64', parsePlatform('linux/arm/v7')));
  assert(!isMachineOf('i686', parsePlatform('linux/amd64')));
});

test('contents are kept of what facts are read from, and of nothing secret', () => {
  const kept = {
    'etc/passwd': 'text',
    'nix/store/abc/etc/group': 'text',
    'var/lib/dpkg/status': 'text',
    'var/lib/dpkg/status.d/libc6': 'text',
    'usr/local/include/python3.13t/patchlevel.h': 'text',
    'usr/lib64/python3.14/build-details.json': 'text',
    'usr/bin/python3.12': 'binary',
    'usr/local/bin/python3.13t': 'binary',
    'opt/pypy/bin/pypy3.10': 'binary',
    'usr/local/lib/libpython3.12.so.1.0': 'binary',
    'lib/ld-musl-aarch64.so.1': 'binary',
    'lib/x86_64-linux-gnu/libc-2.31.so': 'binary',
  };
  for (const [path, interest] of Object.entries(kept)) assert.equal(interestIn(path), interest, path);
  const passedOver = [
    'etc/shadow',
    'var/lib/dpkg/status-old',
    'var/lib/dpkg/status.d/libc6.md5sums',
    'usr/bin/python3.12-config',
    'usr/lib/python3.12/os.py',
    'usr/lib/x86_64-linux-gnu/libc.so.6.debug',
  ];
  for (const path of passedOver) assert.equal(interestIn(path), undefined, path);
});

test('whatever stands in the files that tell versions, they are read or passed over', () => {
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    fc.constantFrom(
      '{"language":null}',
      '{"language":{"version_info":{"major":3,"minor":12,"micro":1e99}}}',
      'null',
      '[]',
    ),
  );
  const place = {
    path: '/usr/bin/python3.12',
    prefix: '/usr',
    implementation: 'cpython',
    release: '3.12',
    folder: 'python3.12',
    marks: [],
  } as const;
  fc.assert(
    fc.property(text, text, text, (details, header, status) => {
      const tree = treeOf({
        'usr/lib/python3.12/build-details.json': details,
        'usr/include/python3.12/patchlevel.h': header,
        'var/lib/dpkg/status': status,
        'etc/os-release': header,
        'etc/ld.so.conf': status,
      });
      const { version } = pythonVersion(place, tree, new Map([['PYTHON_VERSION', header]]), installedPackages(tree));
      assert(version === undefined || version.startsWith('3.12.'));
      assert.equal(typeof osRelease(tree)?.id, 'string');
      assert(libraryFolders(tree).every((folder) => folder.startsWith('/')));
    }),
    { numRuns: 200 },
  );
});
