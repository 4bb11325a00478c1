import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  canonicalVersion,
  compareVersions,
  formatVersion,
  isPreRelease,
  parseVersion,
  publicVersion,
  readVersion,
} from '../../src/python/version.ts';
import { versions } from './arbitraries.ts';

const compare = (a: string, b: string): number => Math.sign(compareVersions(parseVersion(a), parseVersion(b)));

test('every spelling of PEP 440 comes to its normal form', () => {
  for (const [text, normal] of [
    ['1.0', '1.0'],
    [' v1.0\n', '1.0'],
    ['\u2003V1.0\x1f', '1.0'],
    ['01.002', '1.2'],
    ['0!1', '1'],
    ['2!1', '2!1'],
    ['1.0ALPHA1', '1.0a1'],
    ['1.0-beta.2', '1.0b2'],
    ['1.0_c3', '1.0rc3'],
    ['1.0.preview', '1.0rc0'],
    ['1.0pre01', '1.0rc1'],
    ['1.0-1', '1.0.post1'],
    ['1.0-r4', '1.0.post4'],
    ['1.0rev', '1.0.post0'],
    ['1.0a.post1', '1.0a0.post1'],
    ['1.0DEV', '1.0.dev0'],
    ['1.0a1-1.dev2+Ubuntu-01_x', '1.0a1.post1.dev2+ubuntu.1.x'],
    ['1'.repeat(30), '1'.repeat(30)],
  ] as const)
    assert.equal(formatVersion(parseVersion(text)), normal, text);
});

test('what is no version is refused with a code', () => {
  for (const text of [
    '',
    '.',
    '1..0',
    '1.0.',
    '1. 0',
    '1.0+',
    '1.0+a+b',
    '1.0+é',
    '1.x',
    'latest',
    '１.0',
    '1.0 a1',
    '1.0poſt1',
  ])
    assert.throws(() => parseVersion(text), { name: 'PycontainerError', code: 'version-invalid' }, text);
  assert.throws(() => parseVersion('latest'), { message: '"latest" is not a version' });
});

test('versions are in the order of PEP 440', () => {
  const ascending = [
    '1.dev0',
    '1.0.dev456',
    '1.0a1.dev1',
    '1.0a1',
    '1.0a2.dev456',
    '1.0a12',
    '1.0b1.dev456',
    '1.0b2',
    '1.0b2.post345.dev456',
    '1.0b2.post345',
    '1.0rc1',
    '1.0',
    '1.0+abc.5',
    '1.0+abc.7',
    '1.0+5',
    '1.0+5.0',
    '1.0.post456.dev34',
    '1.0.post456',
    '1.1.dev1',
    '1.10',
    '20240101',
    `1${'0'.repeat(29)}`,
    `1${'0'.repeat(28)}1`,
    '1!0.1',
  ];
  for (const [index, a] of ascending.entries())
    for (const [other, b] of ascending.entries()) assert.equal(compare(a, b), Math.sign(index - other), `${a} ${b}`);
});

test('trailing zeros do not count', () => {
  assert.equal(compare('1', '1.0.0'), 0);
  assert.equal(compare('0!1.0a0', '1a'), 0);
  assert.equal(canonicalVersion(parseVersion('1.0.0.post0')), '1.post0');
  assert.equal(canonicalVersion(parseVersion('0.0')), '0');
});

test('pre-releases and public versions', () => {
  assert.deepEqual(
    ['1a1', '1.dev0', '1.post1.dev0', '1', '1.post1', '1+a'].map((text) => isPreRelease(parseVersion(text))),
    [true, true, true, false, false, false],
  );
  assert.equal(formatVersion(publicVersion(parseVersion('1.0.post1+cu121'))), '1.0.post1');
});

test('what is written is read again as the same', () => {
  fc.assert(
    fc.property(versions, (text) => {
      const version = parseVersion(text);
      assert.deepEqual(parseVersion(formatVersion(version)), version);
      assert.equal(compareVersions(parseVersion(canonicalVersion(version)), version), 0);
    }),
    { numRuns: 500 },
  );
});

test('the order is total', () => {
  fc.assert(
    fc.property(versions, versions, versions, (a, b, c) => {
      assert.equal(compare(a, a), 0);
      assert.equal(compare(a, b) + compare(b, a), 0);
      const [low, middle, high] = [a, b, c].toSorted(compare) as [string, string, string];
      assert.ok(compare(low, middle) <= 0 && compare(middle, high) <= 0 && compare(low, high) <= 0);
      if (compare(a, b) === 0) assert.equal(canonicalVersion(parseVersion(a)), canonicalVersion(parseVersion(b)));
    }),
    { numRuns: 1000 },
  );
});

test('any text is a version or none', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const version = readVersion(text);
      if (version === undefined) assert.throws(() => parseVersion(text), { code: 'version-invalid' });
      else assert.deepEqual(parseVersion(text), version);
    }),
    { numRuns: 500 },
  );
});
