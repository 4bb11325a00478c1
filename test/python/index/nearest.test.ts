import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearestBase } from '../../../src/python/index/nearest.ts';
import { supportedTags, type TagTarget } from '../../../src/python/tags.ts';

const debian: TagTarget = {
  implementation: 'cpython',
  version: [3, 12],
  freeThreaded: false,
  libc: { kind: 'glibc', version: '2.36' },
  machine: 'x86_64',
};
const alpine: TagTarget = { ...debian, libc: { kind: 'musl', version: '1.2' } };

function nearest(target: TagTarget, ...names: readonly string[]): string | undefined {
  const wheels = names.map((name) => ({ filename: `pkg-1.0-${name}.whl` }));
  return nearestBase(wheels, supportedTags(target));
}

const cases: readonly (readonly [what: string, TagTarget, wheels: readonly string[], expected: string | undefined])[] =
  [
    [
      'the nearest Python is named, the newer of two',
      debian,
      ['cp310-cp310-manylinux_2_17_x86_64', 'cp311-cp311-manylinux_2_28_x86_64', 'cp313-cp313-manylinux_2_28_x86_64'],
      'It has wheels for Python 3.10, 3.11, 3.13: take a base such as python:3.13-slim.',
    ],
    [
      'an older Python on Alpine stays on Alpine',
      alpine,
      ['cp311-cp311-musllinux_1_1_x86_64', 'cp311-cp311-manylinux_2_17_x86_64'],
      'It has wheels for Python 3.11: take a base such as python:3.11-alpine.',
    ],
    [
      'without a musllinux wheel a base with glibc is named, for the same Python',
      alpine,
      ['cp311-cp311-musllinux_1_1_x86_64', 'cp312-cp312-manylinux_2_17_x86_64'],
      'It has no musllinux wheel: take a base such as python:3.12-slim.',
    ],
    [
      'without a manylinux wheel Alpine is named',
      debian,
      ['cp312-cp312-musllinux_1_2_x86_64'],
      'It has no manylinux wheel: take a base such as python:3.12-alpine.',
    ],
    [
      'both differences are named',
      alpine,
      ['cp313-cp313-manylinux_2_17_x86_64'],
      'It has wheels for Python 3.13 and no musllinux wheel: take a base such as python:3.13-slim.',
    ],
    [
      'an image that has the glibc is named',
      debian,
      ['cp312-cp312-manylinux_2_39_x86_64'],
      'It has only wheels for glibc 2.39 and later: take a base such as python:3.12-slim-trixie.',
    ],
    [
      'a glibc that no image has is only said',
      debian,
      ['cp312-cp312-manylinux_2_45_x86_64', 'cp312-cp312-manylinux_2_43_x86_64'],
      'It needs glibc 2.43 or later: take a base that has it.',
    ],
    [
      'a free-threaded Python needs wheels of its own',
      { ...debian, version: [3, 13], freeThreaded: true },
      ['cp313-cp313-manylinux_2_17_x86_64'],
      'It has no wheel for a free-threaded Python: take a base such as python:3.13-slim.',
    ],
    [
      'PyPy does too',
      { ...debian, implementation: 'pypy', version: [3, 11] },
      ['cp311-cp311-manylinux_2_17_x86_64'],
      'It has no wheel for PyPy: take a base such as python:3.11-slim.',
    ],
    [
      'where only another machine has wheels, its platform is named',
      { ...debian, machine: 'aarch64' },
      ['cp312-cp312-manylinux_2_17_x86_64'],
      'It has wheels for x86_64, not for aarch64: build for `platforms: [linux/amd64]`.',
    ],
    ['nothing is known for other systems', debian, ['cp312-cp312-win32', 'cp312-cp312-macosx_11_0_arm64'], undefined],
    ['a name that is none does no harm', debian, ['odd', ''], undefined],
  ];

for (const [what, target, wheels, expected] of cases) {
  test(what, () => {
    assert.equal(nearest(target, ...wheels), expected);
  });
}

test('a base that takes nothing has no nearest one', () => {
  assert.equal(nearestBase([{ filename: 'pkg-1.0-py3-none-any.whl' }], []), undefined);
});
