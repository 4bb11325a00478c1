import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Digest } from '../../src/oci/digest.ts';
import { Store } from '../../src/store/store.ts';
import { leftovers, temporaryStore } from './folder.ts';

const program = path.join(import.meta.dirname, 'writer-process.ts');

function start(store: Store, ...rounds: string[]): ChildProcess {
  return spawn(process.execPath, [program, store.directory, ...rounds], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Every result is whole and points to blobs that are whole; every blob is what its name says. */
async function checkAll(store: Store): Promise<number> {
  for (let round = 0; round < 5; round++) {
    const result = await store.getResult<{ digest: Digest }>('blob', String(round));
    if (result !== undefined) await store.readBlob(result.digest);
  }
  const blobs = fs.readdirSync(path.join(store.directory, 'blobs/sha256'));
  for (const name of blobs) await store.readBlob(`sha256:${name}` as Digest);
  return blobs.length;
}

test('twenty processes may write the same blobs at once', async () => {
  await using at = await temporaryStore();
  const children = Array.from({ length: 20 }, () => start(at.store, '5'));
  const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0] as number));
  assert.deepEqual(new Set(codes), new Set([0]));
  assert.equal(await checkAll(at.store), 5);
  for (let round = 0; round < 5; round++) assert.ok(await at.store.getResult('blob', String(round)));
  assert.deepEqual(leftovers(at.store), []);
});

test('a process killed at any of 16 moments leaves the store right, and what it left is removed later', async () => {
  await using at = await temporaryStore();
  let abandoned = 0;
  for (let moment = 0; moment < 16; moment++) {
    const child = start(at.store);
    await once(child.stdout!, 'data');
    const end = performance.now() + (moment * 7) / 16;
    while (performance.now() < end) await new Promise(setImmediate);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await checkAll(at.store);
    abandoned += leftovers(at.store).length;
    await Store.open(at.store.directory);
    assert.deepEqual(leftovers(at.store), []);
  }
  assert.ok(abandoned > 0, 'some moment lay within a write');
});

test('files of living processes, and of other machines until a day has passed, are left alone', async () => {
  await using at = await temporaryStore();
  const writer = await at.store.createBlob();
  const [own = ''] = leftovers(at.store);
  const foreign = own.replace(/^[^-]+-[0-9]+/, 'elsewhere123-1');
  const old = own.replace(/^[^-]+-[0-9]+/, 'elsewhere123-2');
  for (const name of [foreign, old]) fs.writeFileSync(path.join(at.store.directory, 'tmp', name), '');
  const twoDaysAgo = Date.now() / 1000 - 2 * 86_400;
  fs.utimesSync(path.join(at.store.directory, 'tmp', old), twoDaysAgo, twoDaysAgo);
  await Store.open(at.store.directory);
  assert.deepEqual(leftovers(at.store).toSorted(), [own, foreign].toSorted());
  writer.write(Buffer.from('still good'));
  assert.ok(await at.store.hasBlob((await writer.commit()).digest));
});
