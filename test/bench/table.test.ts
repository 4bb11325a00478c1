import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Measured } from './measured.ts';
import { failures, markdownTable, megabytes, milliseconds, timesTable } from './table.ts';

const measured = (name: string, ...times: number[]): Measured => ({ name, times, peaksBytes: [] });

test('columns of a table are as wide as their widest cell, and figures stand to the right', () => {
  assert.equal(
    markdownTable(
      ['job', 'took'],
      [
        ['one', '5 ms'],
        ['another', '1000 ms'],
      ],
    ),
    `| job     |    took |
| ------- | ------: |
| one     |    5 ms |
| another | 1000 ms |`,
  );
});

test('times are medians, with how many times as long as the first job each took', () => {
  assert.equal(
    timesTable('work', [measured('ours', 30, 10, 20), measured('theirs', 10, 50)]),
    `| work   |  median |         from–to |    × |
| ------ | ------: | --------------: | ---: |
| ours   | 20.0 ms | 10.0 ms–30.0 ms | 1.00 |
| theirs | 30.0 ms | 10.0 ms–50.0 ms | 1.50 |`,
  );
});

test('a job that failed has no figures, and its reason stands below the table', () => {
  const failed = { ...measured('theirs'), failure: 'no\n  space left' };
  const text = timesTable('work', [measured('ours', 1), failed]);
  assert.match(text, /^\| theirs \| failed \| +– \| +– \|$/m);
  assert.equal(text.split('\n').at(-1), 'theirs failed: no space left');
  assert.deepEqual(failures([measured('ours', 1), failed]), ['theirs failed: no space left']);
});

test('when the first job failed, the others have times but no ratios', () => {
  const text = timesTable('work', [{ ...measured('ours'), failure: 'x' }, measured('theirs', 7)]);
  assert.match(text, /^\| theirs \| 7\.0 ms \| 7\.0 ms–7\.0 ms \| +– \|$/m);
});

test('sizes and times have as many digits as they are worth', () => {
  assert.deepEqual([1.23, 123.4, 9999, 12_345].map(milliseconds), ['1.2 ms', '123 ms', '9999 ms', '12.3 s']);
  assert.deepEqual([1_234_567, 123_456_789].map(megabytes), ['1.2 MB', '123 MB']);
});
