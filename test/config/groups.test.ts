import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mistakes, resolve } from './manifests.ts';

test('groups are lists of targets, groups within them taken apart, each target once', () => {
  const { groups } = resolve('targets: {a: , b: , c: }\ngroups: {one: [b, a], two: [c, one, b], none: []}');
  assert.deepEqual(Object.fromEntries(groups), { one: ['b', 'a'], two: ['c', 'b', 'a'], none: [] });
});

test('a group may be reached by two ways', () => {
  const { groups } = resolve('targets: {a: }\ngroups: {top: [l, r], l: [leaf], r: [leaf], leaf: [a]}');
  assert.deepEqual(groups.get('top'), ['a']);
});

test('a circle is told once, and a group that leads into it is not blamed', () => {
  const text = mistakes('targets: {a: }\ngroups:\n  into: [x]\n  x: [y, a]\n  y: [z]\n  z: [x]\n  self: [self]\n');
  assert.deepEqual(text.match(/^error.*$/gm), [
    'error[manifest-invalid]: groups go in a circle: x → y → z → x',
    'error[manifest-invalid]: groups go in a circle: self → self',
  ]);
});

test('names of groups are as those of targets', () => {
  assert.match(mistakes('targets: {a: }\ngroups: {Big: [a]}'), /'Big' is not a name of lower-case letters/);
});
