import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { PycontainerError } from '../../src/errors.ts';
import { startOrder } from '../../src/run/order.ts';
import { resolve } from '../config/manifests.ts';

function order(dependencies: Readonly<Record<string, readonly string[] | null>>, wanted?: readonly string[]): string[] {
  const sections = Object.entries(dependencies).map(
    ([name, needed]) => `  ${name}: ${needed === null ? '{}' : `{run: {depends-on: [${needed.join(', ')}]}}`}\n`,
  );
  const { targets } = resolve(`targets:\n${sections.join('')}`);
  const chosen = [...targets.values()].filter(({ name, run }) => run !== undefined && (wanted?.includes(name) ?? true));
  return startOrder(chosen, targets).map(({ name }) => name);
}

function mistake(dependencies: Readonly<Record<string, readonly string[] | null>>): string {
  try {
    order(dependencies);
  } catch (error) {
    assert.ok(error instanceof PycontainerError && error.code === 'depends-on');
    return `${error.location?.line}: ${error.message} (${error.hint})`;
  }
  throw new Error('no mistake was found');
}

test('what is depended on comes before, also where it was not asked for', () => {
  assert.deepEqual(order({ api: ['db', 'cache'], worker: ['api'], cache: [], db: ['cache'] }), [
    'cache',
    'db',
    'api',
    'worker',
  ]);
  assert.deepEqual(order({ api: ['db'], worker: [], db: [] }, ['api']), ['db', 'api']);
});

test('a circle is refused with its way', () => {
  assert.equal(
    mistake({ api: ['db'], db: ['cache'], cache: ['db'] }),
    '4: depends-on goes in a circle: db → cache → db (Take one of them out.)',
  );
  assert.match(mistake({ api: ['api'] }), /api → api/);
});

test('what is not there or not run is refused', () => {
  assert.equal(mistake({ api: ['bd'], db: [] }), "2: api depends on 'bd', which is no target (Did you mean 'db'?)");
  assert.equal(
    mistake({ api: ['db'], db: null }),
    "2: api depends on db, which does not say 'run' (Add `run: {}` to db, or take it out of depends-on.)",
  );
});

test('whatever depends on whatever comes behind it, each once', () => {
  const graph = fc
    .integer({ min: 1, max: 7 })
    .chain((size) =>
      fc.tuple(
        ...Array.from({ length: size }, (_, index) => fc.subarray(Array.from({ length: index }, (_, at) => at))),
      ),
    );
  fc.assert(
    fc.property(graph, (needs) => {
      const dependencies = Object.fromEntries(needs.map((of, index) => [`t${index}`, of.map((at) => `t${at}`)]));
      const ordered = order(dependencies);
      assert.deepEqual(ordered.toSorted(), Object.keys(dependencies).toSorted());
      for (const [name, of] of Object.entries(dependencies))
        for (const other of of) assert.ok(ordered.indexOf(other) < ordered.indexOf(name));
    }),
    { numRuns: 100 },
  );
});
