import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as fc from 'fast-check';
import type { LayeringSettings } from '../../src/config/target.ts';
import { partition } from '../../src/plan/partition.ts';
import { packageList, plannedPackage, type PackageSpec } from './specs.ts';

const large = 1 << 20;

/** Names by layer. */
function divide(list: readonly PackageSpec[], settings: LayeringSettings): string[][] {
  const packages = list
    .map((item) => plannedPackage(item, { folder: '/' }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return partition(packages, settings).map((layer) => layer.map(({ name }) => name));
}

const layerSet = (layers: readonly (readonly string[])[]): Set<string> =>
  new Set(layers.map((names) => names.join(' ')));

it('every package is in one layer, none is empty, and the budget holds', () => {
  fc.assert(
    fc.property(packageList, fc.integer({ min: 1, max: 10 }), (list, budget) => {
      const layers = divide(list, { strategy: 'package', budget });
      assert.deepEqual(layers.flat().sort(), list.map(({ name }) => name).sort());
      assert(layers.every((layer) => layer.length > 0));
      assert(layers.length <= budget, `${layers.length} layers for a budget of ${budget}`);
    }),
    { numRuns: 500 },
  );
});

it('within the budget, each large package is alone and the small ones are together', () => {
  fc.assert(
    fc.property(packageList, (list) => {
      const layers = divide(list, { strategy: 'package', budget: 31 });
      const small = list.filter(({ sizeBytes }) => sizeBytes < large).map(({ name }) => name);
      const alone = list.filter(({ sizeBytes }) => sizeBytes >= large).map(({ name }) => [name]);
      assert.deepEqual(layerSet(layers), layerSet([...alone, ...(small.length === 0 ? [] : [small.sort()])]));
    }),
    { numRuns: 300 },
  );
});

it('single puts all into one layer, and no packages are no layer', () => {
  fc.assert(
    fc.property(packageList, (list) => {
      assert.equal(divide(list, { strategy: 'single' }).length, list.length === 0 ? 0 : 1);
    }),
  );
});

const oneMore = fc.tuple(packageList, packageList).filter(([, [more]]) => more !== undefined);

it('a package that comes or goes touches its own layer and at most the one of the rest, within the budget', () => {
  fc.assert(
    fc.property(oneMore, ([list, [more]]) => {
      assert(more !== undefined);
      const without = list.filter(({ name }) => name !== more.name);
      const settings = { strategy: 'package', budget: 40 } as const;
      const [before, after] = [layerSet(divide(without, settings)), layerSet(divide([...without, more], settings))];
      assert(after.difference(before).size <= 1 && before.difference(after).size <= 1);
    }),
    { numRuns: 500 },
  );
});

it('beyond the budget, a package that comes moves at most one other into or out of the rest', () => {
  fc.assert(
    fc.property(oneMore, fc.integer({ min: 1, max: 6 }), ([list, [more]], budget) => {
      assert(more !== undefined);
      const without = list.filter(({ name }) => name !== more.name);
      const settings = { strategy: 'package', budget } as const;
      const [before, after] = [layerSet(divide(without, settings)), layerSet(divide([...without, more], settings))];
      assert(after.difference(before).size <= 2, `${after.difference(before).size} new layers`);
    }),
    { numRuns: 500 },
  );
});

it('a bump that keeps the size changes no division', () => {
  fc.assert(
    fc.property(packageList, fc.integer({ min: 1, max: 6 }), (list, budget) => {
      const bumped = list.map((item) => ({ ...item, version: '9.9', build: 9 }));
      const settings = { strategy: 'package', budget } as const;
      assert.deepEqual(divide(bumped, settings), divide(list, settings));
    }),
  );
});
