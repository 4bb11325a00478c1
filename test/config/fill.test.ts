import assert from 'node:assert/strict';
import { test } from 'node:test';
import { environmentLookup, fillVariables } from '../../src/config/fill.ts';
import { toPlain } from '../../src/config/node.ts';
import { yaml } from './manifests.ts';
import type { PycontainerError } from '../../src/errors.ts';

test('what every JavaScript object has is not in the environment', () => {
  const lookup = environmentLookup({ A: 'a' });
  assert.deepEqual(['A', 'B', 'toString', 'constructor', '__proto__'].map(lookup), [
    'a',
    ...Array.from({ length: 4 }, () => undefined),
  ]);
});

test('scalars are filled in at any depth, keys are not', () => {
  const errors: PycontainerError[] = [];
  const filled = fillVariables(yaml('${A}: [x, {b: "${A}"}]\nc: ${A}\nd:'), environmentLookup({ A: 'a' }), errors);
  assert.deepEqual(errors, []);
  assert.deepEqual(JSON.parse(JSON.stringify(toPlain(filled))), { '${A}': ['x', { b: 'a' }], c: 'a', d: null });
});

test('a value is never filled in again', () => {
  const filled = fillVariables(yaml('a: ${A}'), environmentLookup({ A: '${B} $$' }), []);
  assert.deepEqual(JSON.parse(JSON.stringify(toPlain(filled))), { a: '${B} $$' });
});

test('each variable that is not set has its own place, in texts of several lines too', () => {
  const errors: PycontainerError[] = [];
  fillVariables(yaml('a: |\n  x $B\n  ${C} ${B} $B\nb: "\\u0024{D}"\n'), environmentLookup({}), errors);
  assert.deepEqual(
    errors.map(({ location }) => [location?.line, location?.column, location?.length]),
    [
      [2, 5, 2],
      [3, 3, 4],
      [3, 8, 4],
      [3, 13, 2],
      [4, 4, 11],
    ],
  );
});
