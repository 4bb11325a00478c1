import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PycontainerError } from '../../src/errors.ts';
import { inOrder } from '../../src/run/in-order.ts';

const after: Readonly<Record<string, readonly string[]>> = { db: [], cache: [], api: ['db', 'cache'], worker: ['api'] };
const names = Object.keys(after);

test('each comes behind what it needs, and others do not wait', async () => {
  const log: string[] = [];
  await inOrder(
    names,
    (name) => after[name] ?? [],
    async (name) => {
      log.push(`${name} begins`);
      await Promise.resolve();
      log.push(`${name} ends`);
    },
  );
  assert.deepEqual(log, [
    'db begins',
    'cache begins',
    'db ends',
    'cache ends',
    'api begins',
    'api ends',
    'worker begins',
    'worker ends',
  ]);
});

test('behind what fails nothing begins, and all that failed is told', async () => {
  const begun: string[] = [];
  const act = async (name: string): Promise<void> => {
    begun.push(name);
    if (name !== 'api') throw new PycontainerError('container-failed', `${name} failed`);
  };
  await assert.rejects(
    inOrder(names, (name) => after[name] ?? [], act),
    (error) => error instanceof PycontainerError && error.message === 'db failed' && error.others.length === 1,
  );
  assert.deepEqual(begun, ['db', 'cache']);
});
