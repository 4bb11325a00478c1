import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { stringify } from 'yaml';
import { mergeNodes, withoutKeys } from '../../src/config/merge.ts';
import { child, locateValue, toPlain, type PlainValue } from '../../src/config/node.ts';
import { yaml } from './manifests.ts';

const merged = (lower: string, upper: string): PlainValue => toPlain(mergeNodes(yaml(lower), yaml(upper)));
const plain = (text: string): PlainValue => toPlain(yaml(text));

test('maps merge key by key, at any depth', () => {
  assert.deepEqual(merged('{a: {x: 1, y: 2}, b: 3}', '{a: {y: 4, z: 5}}'), plain('{a: {x: 1, y: 4, z: 5}, b: 3}'));
});

test('lists and texts replace, and so does another form', () => {
  assert.deepEqual(
    merged('{a: [1, 2], b: x, c: {d: 1}, e: 1}', '{a: [3], b: y, c: z, e: {f: 1}}'),
    plain('{a: [3], b: y, c: z, e: {f: 1}}'),
  );
  assert.deepEqual(merged('{a: [1]}', '{a: []}'), plain('{a: []}'));
});

test('every value keeps the place where it was written', () => {
  const node = mergeNodes(yaml('a: 1\nb: 2'), yaml('\n\nb: 3'));
  assert.equal(locateValue(node, ['a']).line, 1);
  assert.equal(locateValue(node, ['b']).line, 3);
});

test('keys are left out', () => {
  assert.deepEqual(toPlain(withoutKeys(yaml('{a: 1, b: 2}'), ['b', 'c'])), plain('{a: 1}'));
});

/** A key has one form wherever it stands, as in a manifest that is right. */
const map = fc.letrec<{ map: Record<string, unknown> }>((tie) => ({
  map: fc.record(
    {
      text: fc.constantFrom('x', 'y', 'z'),
      list: fc.array(fc.constantFrom('p', 'q'), { maxLength: 3 }),
      map: fc.oneof({ maxDepth: 3 }, fc.constant({}), tie('map')),
      other: fc.oneof({ maxDepth: 3 }, fc.constant({}), tie('map')),
    },
    { requiredKeys: [] },
  ),
})).map;

test('merging is associative, and an empty map or the map itself changes nothing', () => {
  fc.assert(
    fc.property(map, map, map, (a, b, c) => {
      const [x, y, z] = [yaml(stringify(a)), yaml(stringify(b)), yaml(stringify(c))];
      assert.deepEqual(toPlain(mergeNodes(mergeNodes(x, y), z)), toPlain(mergeNodes(x, mergeNodes(y, z))));
      for (const other of [x, yaml('{}')]) {
        assert.deepEqual(toPlain(mergeNodes(x, other)), toPlain(x));
        assert.deepEqual(toPlain(mergeNodes(other, x)), toPlain(x));
      }
    }),
    { numRuns: 200 },
  );
});

test('of two maps, each key is in the result: the upper’s list or text, or the merger of two maps', () => {
  fc.assert(
    fc.property(map, map, (a, b) => {
      const [x, y] = [yaml(stringify(a)), yaml(stringify(b))];
      const result = mergeNodes(x, y);
      assert.ok(result.kind === 'map');
      assert.deepEqual(
        [...result.entries.keys()].toSorted(),
        [...new Set([...Object.keys(a), ...Object.keys(b)])].toSorted(),
      );
      for (const key of ['text', 'list']) {
        const expected = child(y, key) ?? child(x, key);
        assert.deepEqual(child(result, key), expected);
      }
    }),
    { numRuns: 200 },
  );
});
