import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Measured } from '../measured.ts';
import { another, anotherGoals, bare } from './another.ts';

const measured = (name: string, ...times: number[]): Measured => ({ name, times, peaksBytes: [] });
const found = (...results: Measured[]): readonly (number | undefined)[] =>
  anotherGoals(results, measured('first', 1100)).map((goal) => goal.found);

test('what a build takes without wheels is no cost of wheels', () => {
  assert.deepEqual(found(measured(another, 220), measured(bare, 100)), [0.2, 0.12]);
});

test('a second project that is as fast as one without wheels pays nothing for them', () => {
  assert.deepEqual(found(measured(another, 110), measured(bare, 120)), [0.1, 0]);
});

test('without one of the figures there is no share', () => {
  assert.deepEqual(found(measured(another, 110), measured(bare)), [0.1, undefined]);
  assert.deepEqual(found(measured(bare, 100)), [undefined, undefined]);
});
