import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { BaseFacts } from '../../src/base/base.ts';
import { fitWarnings } from '../../src/build/fit-warnings.ts';
import type { BinaryFact } from '../../src/python/install/binaries.ts';
import type { InstalledFacts } from '../../src/python/install/installed.ts';
import type { PlannedPackage } from '../../src/plan/inputs.ts';
import { rejectsWith } from '../support/rejects.ts';

const location = { file: 'uv.lock', line: 7, column: 1 };

function planned(filename: string): PlannedPackage {
  const [name = '', version = ''] = filename.split('-');
  return { name, version, wheel: { filename, sha256: 'ab', sizeBytes: 1 }, requested: true, requires: [], location };
}

function installed(name: string, binaries: readonly BinaryFact[]): InstalledFacts {
  return { name, version: '1', requiresDist: [], distInfo: '', files: [], warnings: [], binaries };
}

function factsOf(id: string, kind: 'glibc' | 'musl' = 'glibc'): BaseFacts {
  return {
    machine: 'x86_64',
    libc: { kind, version: '2.36' },
    os: { id },
    libraries: ['libc.so.6', 'libc.musl-x86_64.so.1'],
    folders: {},
  };
}

function told(facts: BaseFacts, filename: string, ...binaries: readonly BinaryFact[]): ReturnType<typeof fitWarnings> {
  const item = planned(filename);
  return fitWarnings({ platform: { facts }, python: { packages: [item] } }, [installed(item.name, binaries)]);
}

const wheel = 'cv-1-cp312-cp312-manylinux_2_28_x86_64.whl';
const cv: BinaryFact = { path: 'opt/venv/cv.so', machine: 'x86_64', needed: ['libGL.so.1', 'libc.so.6'] };

test('a missing library is told with the line of the lock and the package that has it', () => {
  assert.deepEqual(told(factsOf('debian'), wheel, cv), [
    {
      type: 'warning',
      code: 'library-missing',
      location,
      message: 'cv needs libGL.so.1: neither the base nor a package has it (for /opt/venv/cv.so)',
      hint: 'Take a base with the packages that have it (on Debian: libgl1), or add them to the base.',
    },
  ]);
});

describe('the hint', () => {
  for (const [id, kind, expected] of [
    ['alpine', 'musl', 'on Alpine: mesa-gl'],
    ['wolfi', 'glibc', 'on Debian: libgl1; on Alpine: mesa-gl'],
    ['postmarketos', 'musl', 'on Alpine: mesa-gl; on Debian: libgl1'],
  ] as const) {
    test(`names the packages of ${id}, or all that are known`, () => {
      const [warning] = told(factsOf(id, kind), wheel, { ...cv, needed: ['libGL.so.1'] });
      assert.equal(warning?.hint, `Take a base with the packages that have it (${expected}), or add them to the base.`);
    });
  }
  test('is short where no package is known', () => {
    const [warning] = told(factsOf('debian'), wheel, { ...cv, needed: ['libown.so.9'] });
    assert.equal(warning?.hint, 'Take a base that has it.');
  });
});

test('many missing libraries of one package are one warning', () => {
  const needed = Array.from({ length: 9 }, (_, index) => `libown${index}.so`);
  const [warning, ...others] = told(factsOf('debian'), wheel, { ...cv, needed });
  assert.deepEqual(others, []);
  assert.equal(
    warning?.message,
    'cv needs libown0.so, libown1.so, libown2.so, libown3.so, libown4.so, libown5.so and 3 more: neither the base nor a package has them (for /opt/venv/cv.so)',
  );
});

test('what binaries say cannot move the cursor of a terminal', () => {
  const [warning] = told(factsOf('debian'), wheel, { ...cv, path: 'a\x1b.so', needed: ['\x1b[2J'] });
  assert.doesNotMatch(JSON.stringify(warning), /\\u001b/);
});

test('a wheel that says this machine and holds another is refused', async () => {
  const arm = { ...cv, machine: 'aarch64' };
  await rejectsWith(
    (async () => told(factsOf('debian'), wheel, arm))(),
    'wheel-not-fitting',
    /only binaries for aarch64.*x86_64/,
  );
});

test('a wheel for any platform that has binaries of another machine is only told', () => {
  const [warning] = told(factsOf('debian'), 'cv-1-py3-none-any.whl', { ...cv, machine: 'aarch64' });
  assert.equal(warning?.message, 'cv has only binaries for aarch64, and the base is for x86_64: /opt/venv/cv.so');
});

test('the other C library is told with the bases that have it', () => {
  const [warning] = told(factsOf('alpine', 'musl'), 'cv-1-cp312-cp312-linux_x86_64.whl', cv);
  assert.equal(warning?.message, 'cv has only binaries for glibc, and the base has musl: /opt/venv/cv.so');
  assert.match(warning?.hint ?? '', /python:3\.13-slim/);
});
