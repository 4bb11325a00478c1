import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { runWorks, type Work } from '../../src/build/schedule.ts';

interface Log {
  readonly works: readonly Work[];
  readonly order: string[];
  most: number;
}

function works(specs: Readonly<Record<string, readonly string[]>>, failing: readonly string[] = []): Log {
  const log: Log = { works: [], order: [], most: 0 };
  let running = 0;
  const made = Object.entries(specs).map(([id, after]): Work => ({
    id,
    after,
    run: async () => {
      running += 1;
      log.most = Math.max(log.most, running);
      log.order.push(`+${id}`);
      await turn();
      log.order.push(`-${id}`);
      running -= 1;
      if (failing.includes(id)) throw new Error(id);
    },
  }));
  return Object.assign(log, { works: made });
}

test('a work begins only when what it needs has ended', async () => {
  const log = works({ c: ['b'], b: ['a'], a: [] });
  assert.deepEqual(await runWorks(log.works, 4), []);
  assert.deepEqual(log.order, ['+a', '-a', '+b', '-b', '+c', '-c']);
});

test('no more works run at once than allowed, and as many as allowed', async () => {
  const log = works({ a: [], b: [], c: [], d: [], e: [] });
  assert.deepEqual(await runWorks(log.works, 2), []);
  assert.equal(log.most, 2);
});

test('after a failure what runs may end, nothing else begins, and every failure is told', async () => {
  const log = works({ a: [], b: [], c: [], d: ['a'] }, ['a', 'b']);
  const failures = await runWorks(log.works, 2);
  assert.deepEqual(
    failures.map(({ id }) => id),
    ['a', 'b'],
  );
  assert.deepEqual(
    log.order.filter((step) => step.startsWith('+')),
    ['+a', '+b'],
  );
});

test('a signal stops what has not begun, and says so', async () => {
  const controller = new AbortController();
  const log = works({ a: [], b: ['a'] });
  const running = runWorks(log.works, 1, controller.signal);
  controller.abort();
  const failures = await running;
  assert.equal(failures.length, 1);
  assert.deepEqual(log.order, ['+a', '-a']);
});

test('works that wait for each other are a mistake that is told', async () => {
  await assert.rejects(runWorks(works({ a: ['b'], b: ['a'] }).works, 2), /wait for each other/);
});
