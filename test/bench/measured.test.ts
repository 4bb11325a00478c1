import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Measured, median, named, ratio } from './measured.ts';

const measured = (name: string, ...times: number[]): Measured => ({ name, times, peaksBytes: [] });

test('the median is the one in the middle, or between the two there', () => {
  assert.equal(median([9, 1, 10]), 9);
  assert.equal(median([4, 1, 2, 100]), 3);
  assert.equal(median([]), undefined);
});

test('the median leaves the order of the runs as it was', () => {
  const times = [3, 1, 2];
  median(times);
  assert.deepEqual(times, [3, 1, 2]);
});

test('a ratio needs both', () => {
  const [slow, fast] = [measured('slow', 10, 30, 20), measured('fast', 5)];
  assert.equal(ratio(slow, fast), 4);
  assert.equal(ratio(slow, measured('failed')), undefined);
  assert.equal(ratio(named([slow, fast], 'other'), fast), undefined);
});
