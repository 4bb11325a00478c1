import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare, type Job } from './measure.ts';

const bench = { runs: 3, signal: new AbortController().signal, bounded: () => new AbortController().signal };

test('jobs run by turns, and each turn begins with another one', async () => {
  const order: string[] = [];
  const job = (name: string): Job => ({ name, run: () => void order.push(name) });
  await compare(bench, [job('a'), job('b')]);
  assert.equal(order.join(''), 'abbaab');
});

test('what a job says it took counts, and not the clock around it', async () => {
  const [result] = await compare(bench, [{ name: 'a', run: () => ({ ms: 7, peakBytes: 9 }) }]);
  assert.deepEqual(result, { name: 'a', times: [7, 7, 7], peaksBytes: [9, 9, 9] });
});

test('a job that fails is not tried again, has no times, and takes no other with it', async () => {
  let tries = 0;
  const failing: Job = {
    name: 'b',
    run: () => {
      tries += 1;
      if (tries === 2) throw new Error('broken');
      return { ms: 1 };
    },
  };
  const results = await compare(bench, [{ name: 'a', run: () => ({ ms: 7 }) }, failing]);
  assert.deepEqual(results[0]?.times, [7, 7, 7]);
  assert.deepEqual(results[1], { name: 'b', times: [], peaksBytes: [], failure: 'broken' });
  assert.equal(tries, 2);
});

test('a job that has had its time is not run again', async () => {
  const job = (name: string, ms: number): Job => ({ name, run: () => ({ ms }) });
  const results = await compare(bench, [job('slow', 60), job('fast', 1)], { enoughMs: 100 });
  assert.deepEqual(
    results.map(({ times }) => times),
    [
      [60, 60],
      [1, 1, 1],
    ],
  );
});

test('when the bench is to end, so does the comparison', async () => {
  const ending = new AbortController();
  const stopping: Job = {
    name: 'a',
    run: () => {
      ending.abort(new Error('SIGINT'));
      throw new Error('killed');
    },
  };
  await assert.rejects(compare({ ...bench, signal: ending.signal }, [stopping]), /SIGINT/);
});
