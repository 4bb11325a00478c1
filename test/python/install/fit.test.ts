import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { BinaryFact } from '../../../src/python/install/binaries.ts';
import { findMisfits, type FitPackage, type FitSystem } from '../../../src/python/install/fit.ts';

const slim: FitSystem = {
  machine: 'x86_64',
  libc: { kind: 'glibc', version: '2.36' },
  libraries: ['ld-linux-x86-64.so.2', 'libc.so.6', 'libm.so.6', 'libz.so.1'],
};
const alpine: FitSystem = {
  machine: 'x86_64',
  libc: { kind: 'musl', version: '1.2' },
  libraries: ['ld-musl-x86_64.so.1', 'libc.musl-x86_64.so.1', 'libz.so.1'],
};

function binary(path: string, needed: readonly string[], more: Partial<BinaryFact> = {}): BinaryFact {
  return { path, machine: 'x86_64', needed, ...more };
}

function pkg(name: string, ...binaries: readonly BinaryFact[]): FitPackage {
  return { name, anyPlatform: false, binaries };
}

describe('a needed library is not missing when it is', () => {
  const needing = pkg('demo', binary('site/demo/_c.so', ['libown.so.1', 'libc.so.6']));
  const cases: readonly (readonly [where: string, packages: readonly FitPackage[], base: FitSystem])[] = [
    ['in the wheel, by file name', [pkg('demo', ...needing.binaries, binary('site/demo.libs/libown.so.1', []))], slim],
    [
      'in the wheel, by soname',
      [pkg('demo', ...needing.binaries, binary('a/own.so', [], { soname: 'libown.so.1' }))],
      slim,
    ],
    ['in another package', [needing, pkg('other', binary('site/other/lib/libown.so.1', []))], slim],
    ['in the base', [needing], { ...slim, libraries: [...slim.libraries, 'libown.so.1'] }],
    ['of the driver', [pkg('cuda', binary('a.so', ['libcuda.so.1', 'libnvidia-ml.so.1', 'libGLX_nvidia.so.0']))], slim],
    [
      "musl's own, whatever its version",
      [pkg('demo', binary('a.so', ['libc.so', 'libm.so.6', 'libpthread.so.0']))],
      alpine,
    ],
  ];
  for (const [where, packages, base] of cases) {
    test(where, () => {
      assert.deepEqual(findMisfits(packages, base), []);
    });
  }
});

test('a missing library is told once for each package, with the first file that needs it', () => {
  const one = pkg(
    'one',
    binary('a.so', ['libz.so.1']),
    binary('b.so', ['libpq.so.5', 'libGL.so.1']),
    binary('c.so', ['libpq.so.5']),
  );
  const two = pkg('two', binary('d.so', ['../lib/libpq.so.5']));
  assert.deepEqual(findMisfits([one, two], slim), [
    { kind: 'library', name: 'one', library: 'libGL.so.1', path: 'b.so' },
    { kind: 'library', name: 'one', library: 'libpq.so.5', path: 'b.so' },
    { kind: 'library', name: 'two', library: 'libpq.so.5', path: 'd.so' },
  ]);
});

test('a library of another machine does not count as being there', () => {
  const both = pkg('demo', binary('a.so', ['libown.so']), binary('libown.so', [], { machine: 'aarch64' }));
  assert.deepEqual(findMisfits([both], slim), [{ kind: 'library', name: 'demo', library: 'libown.so', path: 'a.so' }]);
});

test('a package all of whose binaries are for another machine is told', () => {
  const arm = pkg('demo', binary('gpu.bin', []), binary('a.so', ['libnone.so'], { machine: 'aarch64' }));
  const { machine: _, ...gpu } = arm.binaries[0] ?? binary('', []);
  assert.deepEqual(findMisfits([{ ...arm, binaries: [gpu, ...arm.binaries.slice(1)] }], slim), [
    { kind: 'machine', name: 'demo', path: 'a.so', machine: 'aarch64', anyPlatform: false },
  ]);
});

test('a package that has binaries for many machines is judged by those for this one', () => {
  const many = pkg(
    'demo',
    binary('arm.so', ['libarm.so'], { machine: 'aarch64' }),
    binary('musl.so', ['libc.musl-x86_64.so.1', 'libnone.so']),
    binary('ours.so', ['libc.so.6']),
  );
  assert.deepEqual(findMisfits([many], slim), []);
});

test('what has no machine of its own is no reason to complain', () => {
  assert.deepEqual(findMisfits([pkg('demo', { path: 'kernel.o', needed: [] })], slim), []);
});

for (const [machine, found] of [
  ['armv7l', []],
  ['x86_64', ['machine']],
] as const) {
  test(`a 32-bit ARM library ${found.length === 0 ? 'fits' : 'does not fit'} ${machine}`, () => {
    const arm = pkg('demo', binary('a.so', [], { machine: 'armhf' }));
    assert.deepEqual(
      findMisfits([arm], { ...slim, machine }).map(({ kind }) => kind),
      found,
    );
  });
}

describe('the C library', () => {
  const gnu = pkg('demo', binary('a.so', ['libc.so.6']));
  const musl = pkg('demo', binary('bin/tool', [], { interpreter: '/lib/ld-musl-x86_64.so.1' }));
  test('glibc binaries do not fit musl', () => {
    assert.deepEqual(findMisfits([gnu], alpine), [{ kind: 'libc', name: 'demo', path: 'a.so', libc: 'glibc' }]);
  });
  test('musl binaries do not fit glibc', () => {
    assert.deepEqual(findMisfits([musl], slim), [{ kind: 'libc', name: 'demo', path: 'bin/tool', libc: 'musl' }]);
  });
  test('they do where the loader of the other is there', () => {
    assert.deepEqual(
      findMisfits([gnu], { ...alpine, libraries: [...alpine.libraries, 'ld-linux-x86-64.so.2', 'libc.so.6'] }),
      [],
    );
  });
  test('static binaries fit both', () => {
    assert.deepEqual(findMisfits([pkg('ruff', binary('bin/ruff', []))], alpine), []);
  });
});

test("where the base's own packages are seen, only libraries that systems have are missed", () => {
  const flash = pkg('flash', binary('a.so', ['libtorch.so', 'libGL.so.1']));
  assert.deepEqual(
    findMisfits([flash], { ...slim, systemSitePackages: true }).map((misfit) => 'library' in misfit && misfit.library),
    ['libGL.so.1'],
  );
});
