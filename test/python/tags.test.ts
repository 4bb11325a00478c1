import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BaseFacts } from '../../src/base/base.ts';
import { chooseWheel } from '../../src/python/choose.ts';
import { supportedTags, tagTarget } from '../../src/python/tags.ts';
import type { TagTarget } from '../../src/python/tags.ts';

const slim: TagTarget = {
  implementation: 'cpython',
  version: [3, 12],
  freeThreaded: false,
  libc: { kind: 'glibc', version: '2.36' },
  machine: 'x86_64',
};

/** The groups of tags in order: each platform-independent part once, where it comes first. */
const groups = (target: TagTarget): string[] => [
  ...new Set(supportedTags(target).map((tag) => tag.split('-').slice(0, 2).join('-'))),
];

const platforms = (target: Partial<TagTarget>): string[] => {
  const tags = supportedTags({ ...slim, ...target });
  const [first = ''] = tags;
  const prefix = first.slice(0, first.lastIndexOf('-') + 1);
  return tags.filter((tag) => tag.startsWith(prefix)).map((tag) => tag.slice(prefix.length));
};

test('the own interface comes first, then the stable one, then none, then older ones and pure Python', () => {
  assert.deepEqual(groups(slim).slice(0, 5), ['cp312-cp312', 'cp312-abi3', 'cp312-none', 'cp311-abi3', 'cp310-abi3']);
  assert.ok(groups(slim).includes('cp32-abi3') && !groups(slim).includes('cp31-abi3'));
  assert.deepEqual(supportedTags(slim).slice(-4), ['py33-none-any', 'py32-none-any', 'py31-none-any', 'py30-none-any']);
  const pure = supportedTags(slim).filter((tag) => tag.endsWith('-any'));
  assert.deepEqual(pure.slice(0, 4), ['cp312-none-any', 'py312-none-any', 'py3-none-any', 'py311-none-any']);
});

test('free-threaded Python takes no abi3', () => {
  const order = groups({ ...slim, version: [3, 14], freeThreaded: true });
  assert.deepEqual(order.slice(0, 4), ['cp314-cp314t', 'cp314-abi3t', 'cp314-none', 'cp313-abi3t']);
  assert.ok(!order.some((group) => group.endsWith('-abi3')));
});

test('a debug build takes wheels for debug builds first, and others since 3.8', () => {
  const debug = { ...slim, debug: true } as const;
  assert.deepEqual(groups(debug).slice(0, 3), ['cp312-cp312d', 'cp312-cp312', 'cp312-abi3']);
  const free = groups({ ...debug, version: [3, 14], freeThreaded: true });
  assert.deepEqual(free.slice(0, 3), ['cp314-cp314td', 'cp314-cp314t', 'cp314-abi3t']);
  assert.deepEqual(groups({ ...debug, version: [3, 7] }).slice(0, 2), ['cp37-cp37dm', 'cp37-abi3']);
});

test('Python before 3.8 has an m, PyPy its own interface', () => {
  assert.equal(groups({ ...slim, version: [3, 7] })[0], 'cp37-cp37m');
  const pypy = { ...slim, implementation: 'pypy', version: [3, 10] } as const;
  assert.deepEqual(groups(pypy).slice(0, 3), ['pp310-pypy310_pp73', 'pp310-none', 'py310-none']);
  assert.ok(supportedTags(pypy).includes('pp3-none-any'));
});

test('manylinux goes from the version of the libc down, the old names after theirs, bare linux last', () => {
  assert.deepEqual(platforms({ libc: { kind: 'glibc', version: '2.18' } }), [
    'manylinux_2_18_x86_64',
    'manylinux_2_17_x86_64',
    'manylinux2014_x86_64',
    'manylinux_2_16_x86_64',
    'manylinux_2_15_x86_64',
    'manylinux_2_14_x86_64',
    'manylinux_2_13_x86_64',
    'manylinux_2_12_x86_64',
    'manylinux2010_x86_64',
    'manylinux_2_11_x86_64',
    'manylinux_2_10_x86_64',
    'manylinux_2_9_x86_64',
    'manylinux_2_8_x86_64',
    'manylinux_2_7_x86_64',
    'manylinux_2_6_x86_64',
    'manylinux_2_5_x86_64',
    'manylinux1_x86_64',
    'linux_x86_64',
  ]);
  for (const machine of ['aarch64', 'armv7l', 'ppc64le', 's390x', 'riscv64', 'loongarch64'])
    assert.deepEqual(platforms({ machine, libc: { kind: 'glibc', version: '2.17' } }), [
      `manylinux_2_17_${machine}`,
      `manylinux2014_${machine}`,
      `linux_${machine}`,
    ]);
});

test('musllinux goes down to 1.0, on every machine', () => {
  assert.deepEqual(platforms({ machine: 'armv6l', libc: { kind: 'musl', version: '1.2.5' } }), [
    'musllinux_1_2_armv6l',
    'musllinux_1_1_armv6l',
    'musllinux_1_0_armv6l',
    'linux_armv6l',
  ]);
});

test('a machine or libc without a standard leaves bare linux', () => {
  assert.deepEqual(platforms({ machine: 'armv6l' }), ['linux_armv6l']);
  const { libc: _, ...bare } = slim;
  assert.equal(supportedTags(bare)[0], 'cp312-cp312-linux_x86_64');
  assert.deepEqual(platforms({ libc: { kind: 'glibc', version: '2.99999999999' } }), ['linux_x86_64']);
});

test('ARMv8 in 32-bit mode takes what is made for ARMv7', () => {
  const list = platforms({ machine: 'armv8l', libc: { kind: 'glibc', version: '2.17' } });
  assert.deepEqual(list, [
    'manylinux_2_17_armv8l',
    'manylinux2014_armv8l',
    'manylinux_2_17_armv7l',
    'manylinux2014_armv7l',
    'linux_armv8l',
    'linux_armv7l',
  ]);
});

test('the target is what the base is', () => {
  const facts: BaseFacts = {
    interpreter: {
      path: '/usr/local/bin/python3.13t',
      version: '3.13.0rc2',
      implementation: 'cpython',
      freeThreaded: true,
      packages: {},
    },
    libc: { kind: 'musl', version: '1.2' },
    machine: 'aarch64',
    libraries: [],
    folders: {},
  };
  assert.deepEqual(tagTarget(facts), {
    implementation: 'cpython',
    version: [3, 13],
    freeThreaded: true,
    libc: { kind: 'musl', version: '1.2' },
    machine: 'aarch64',
  });
  assert.throws(() => tagTarget({ machine: 'x86_64', libraries: [], folders: {} }), { code: 'base-python' });
});

const choose = (...names: string[]): string | undefined =>
  chooseWheel(
    names.map((filename) => ({ filename })),
    supportedTags(slim),
  )?.filename;

test('the wheel with the best tag is chosen', () => {
  const pure = 'a-1-py3-none-any.whl';
  const stable = 'a-1-cp39-abi3-manylinux_2_28_x86_64.whl';
  const own = 'a-1-cp312-cp312-manylinux2014_x86_64.manylinux_2_17_x86_64.whl';
  assert.equal(choose(pure, stable, own), own);
  assert.equal(choose(pure, stable), stable);
  assert.equal(choose(pure, 'a-1.tar.gz', 'odd.whl'), pure);
});

test('nothing is chosen when nothing fits', () => {
  assert.equal(choose('a-1-cp312-cp312-win_amd64.whl', 'a-1-cp313-cp313-manylinux_2_17_x86_64.whl'), undefined);
  assert.equal(
    choose('a-1-cp312-cp312-manylinux_2_39_x86_64.whl', 'a-1-cp312-cp312-musllinux_1_2_x86_64.whl'),
    undefined,
  );
  assert.equal(choose(), undefined);
});

test('ties go to the higher build tag, then to the first in the list', () => {
  assert.equal(
    choose('a-1-py3-none-any.whl', 'a-1-2-py3-none-any.whl', 'a-1-10-py3-none-any.whl'),
    'a-1-10-py3-none-any.whl',
  );
  assert.equal(choose('a-1-1b-py3-none-any.whl', 'a-1-1c-py3-none-any.whl'), 'a-1-1c-py3-none-any.whl');
  assert.equal(choose('A-1-py3-none-any.whl', 'a-1-py3-none-any.whl'), 'A-1-py3-none-any.whl');
});
