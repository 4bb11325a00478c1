import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Goal, goalsSentence, goalsTable } from './goals.ts';

const most: Goal = { job: 'time', wanted: 'at most 0.6 × theirs', limit: 0.6, bound: 'most', found: 0.6 };

/** What the table says was found, and whether it is what was wanted. */
function verdict(goal: Partial<Goal>): readonly string[] {
  const row = goalsTable([{ ...most, ...goal }])
    .split('\n')
    .at(-1);
  return (row ?? '')
    .split('|')
    .map((cell) => cell.trim())
    .slice(3, 5);
}

test('a goal that is met exactly is met', () => {
  assert.deepEqual(verdict({}), ['0.60 ×', 'yes']);
  assert.deepEqual(verdict({ bound: 'least' }), ['0.60 ×', 'yes']);
});

test('what is more than the most, or less than the least, is not', () => {
  assert.deepEqual(verdict({ found: 0.61 }), ['0.61 ×', 'NO']);
  assert.deepEqual(verdict({ found: 0.59, bound: 'least' }), ['0.59 ×', 'NO']);
});

test('what was not measured is neither', () => {
  assert.deepEqual(verdict({ found: undefined }), ['–', 'not measured']);
  const goals = [most, { ...most, found: 2 }, { ...most, found: undefined }];
  assert.equal(goalsSentence(goals), '1 of 3 goals are met, 1 could not be measured.');
  assert.equal(goalsSentence([most, most]), '2 of 2 goals are met.');
});

test('figures have their unit', () => {
  assert.deepEqual(verdict({ found: 12.34, limit: 25, unit: 'ms' }), ['12.3 ms', 'yes']);
  assert.deepEqual(verdict({ found: 187.6, limit: 200, unit: 'MB' }), ['188 MB', 'yes']);
  assert.deepEqual(verdict({ found: 1, limit: 1, bound: 'least', unit: 'layers' }), ['1 layer', 'yes']);
});
