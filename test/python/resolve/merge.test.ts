import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { PylockEntry } from '../../../src/python/lock/pylock-write.ts';
import { evaluateMarker } from '../../../src/python/marker.ts';
import { mergeShares } from '../../../src/python/resolve/merge.ts';
import { image } from './rig.ts';

const entry = (name: string, version: string, file = 'py3-none-any'): PylockEntry => ({
  name,
  version,
  source: { kind: 'index' },
  wheels: [{ filename: `${name}-${version}-${file}.whl`, url: 'https://files.example/x', hashes: [] }],
  dependencies: [],
});

const images = [image('3.12.7', 'x86_64'), image('3.12.7', 'aarch64'), image('3.13.1', 'x86_64')];

test('each image gets its own packages back, whatever the others have', () => {
  const share = fc.uniqueArray(
    fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), version: fc.constantFrom('1', '2', '3') }),
    { selector: ({ name }) => name },
  );
  fc.assert(
    fc.property(fc.tuple(share, share, share), (shares) => {
      const merged = mergeShares(
        images.map((one, index) => ({
          image: one,
          packages: (shares[index] ?? []).map(({ name, version }) => entry(name, version)),
        })),
      );
      for (const [index, one] of images.entries()) {
        const own = merged
          .filter(({ marker }) => marker === undefined || evaluateMarker(marker, one.environment))
          .map(({ name, version }) => `${name} ${version ?? ''}`);
        assert.deepEqual(
          own.toSorted(),
          (shares[index] ?? []).map(({ name, version }) => `${name} ${version}`).toSorted(),
        );
      }
    }),
  );
});

test('files and requirements of equal packages come together, without a marker', () => {
  const [first, second] = images;
  assert(first !== undefined && second !== undefined);
  const merged = mergeShares([
    { image: first, packages: [{ ...entry('a', '1', 'py3-none-linux_x86_64'), dependencies: ['b'] }] },
    { image: second, packages: [{ ...entry('a', '1', 'py3-none-linux_aarch64'), dependencies: ['c', 'b'] }] },
  ]);
  assert.equal(merged.length, 1);
  assert.equal(merged[0]?.marker, undefined);
  assert.equal(merged[0]?.wheels.length, 2);
  assert.deepEqual(merged[0]?.dependencies, ['b', 'c']);
});

test('images that differ in nothing that a marker can ask must not need different packages', () => {
  const [first] = images;
  assert(first !== undefined);
  const twin = { ...first, platform: 'linux/amd64/v3' };
  const shares = [
    { image: first, packages: [entry('a', '1')] },
    { image: twin, packages: [entry('a', '2')] },
  ];
  assert.throws(() => mergeShares(shares), { code: 'lock-failed', message: /amd64\/v3 .*\(a\)/ });
  assert.equal(
    mergeShares([
      { image: first, packages: [] },
      { image: twin, packages: [] },
    ]).length,
    0,
  );
});
