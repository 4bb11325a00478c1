import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { changesBetween, isNothing } from '../../src/run/changes.ts';
import type { Entry } from '../../src/layer/entry.ts';
import { entriesOf } from './entries.ts';

type Tree = Readonly<Record<string, string | null>>;

function told(before: Tree, after: Tree): { put: string[]; removed: string[] } {
  const { put, removed } = changesBetween(entriesOf(before), entriesOf(after));
  return { put: put.map(({ path }) => path), removed: removed.map(({ path }) => path) };
}

test('only what differs is put in or taken out', () => {
  assert.deepEqual(told({ a: '1', b: '2', c: '3', d: null }, { a: '1', b: 'x', e: '4', d: null }), {
    put: ['b', 'e'],
    removed: ['c'],
  });
  assert.deepEqual(told({ link: '-> a' }, { link: '-> b' }), { put: ['link'], removed: [] });
});

test('what becomes of another kind is taken out first', () => {
  assert.deepEqual(told({ a: '1' }, { a: null, 'a/b': '2' }), { put: ['a', 'a/b'], removed: ['a'] });
  assert.deepEqual(told({ a: null, 'a/b': '2' }, { a: '-> c' }), { put: ['a'], removed: ['a', 'a/b'] });
});

test('mode and owner count, and where equal bytes come from does not', () => {
  const [file] = entriesOf({ a: '1' }) as [Extract<Entry, { type: 'file' }>];
  const of = (path: string, sha256: string): Entry => ({ ...file, content: { kind: 'path', path, sha256 } });
  assert.ok(isNothing(changesBetween([of('/x', 'ab')], [of('/y', 'ab')])));
  assert.ok(!isNothing(changesBetween([of('/x', 'ab')], [of('/x', 'cd')])));
  assert.ok(!isNothing(changesBetween([file], [{ ...file, mode: 0o755 }])));
  assert.ok(!isNothing(changesBetween([file], [{ ...file, uid: 1 }])));
});

test('taking out and putting in makes the one of the other', () => {
  const tree = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('1', '2', '-> x', '-> y', null));
  fc.assert(
    fc.property(tree, tree, (before, after) => {
      const changes = changesBetween(entriesOf(before), entriesOf(after));
      const state = new Map(entriesOf(before).map((entry) => [entry.path, entry]));
      for (const { path } of changes.removed) state.delete(path);
      for (const entry of changes.put) state.set(entry.path, entry);
      const byPath = (one: Entry, other: Entry): number => (one.path < other.path ? -1 : 1);
      assert.deepEqual([...state.values()].toSorted(byPath), entriesOf(after).toSorted(byPath));
    }),
    { numRuns: 200 },
  );
});
