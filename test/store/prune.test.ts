import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Digest } from '../../src/oci/digest.ts';
import { listStore, pruneStore } from '../../src/store/prune.ts';
import type { Store } from '../../src/store/store.ts';
import { temporaryStore } from './folder.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** A blob of a thousand bytes and a result that points to it, both last touched so long ago. */
async function putAged(store: Store, key: string, ageMs: number): Promise<Digest> {
  const { digest } = await store.putBlob(Buffer.alloc(1000, key));
  await store.putResult('layer', key, { digest }, [digest]);
  await age(store, key, ageMs);
  return digest;
}

async function age(store: Store, key: string, ageMs: number): Promise<void> {
  const then = (Date.now() - ageMs) / 1000;
  const { results } = await listStore(store);
  const result = results.find((result) => result.key === key);
  assert.ok(result);
  for (const file of [result.file, ...result.blobs.map((digest) => store.blobPath(digest))])
    fs.utimesSync(file, then, then);
}

async function keysLeft(store: Store): Promise<string[]> {
  return (await listStore(store)).results.map(({ key }) => key).toSorted();
}

test('the listing names results with their blobs, and blobs with their sizes', async () => {
  await using at = await temporaryStore();
  const digest = await putAged(at.store, 'a', dayMs);
  const { results, blobs } = await listStore(at.store);
  assert.deepEqual(
    results.map(({ kind, key, blobs }) => [kind, key, blobs]),
    [['layer', 'a', [digest]]],
  );
  assert.deepEqual(
    blobs.map(({ digest, sizeBytes }) => [digest, sizeBytes]),
    [[digest, 1000]],
  );
});

test('results unused for long go, and their blobs with them', async () => {
  await using at = await temporaryStore();
  const old = await putAged(at.store, 'old', 40 * dayMs);
  const young = await putAged(at.store, 'young', 5 * dayMs);
  assert.deepEqual(await pruneStore(at.store, { unusedForMs: 30 * dayMs }), {
    results: 1,
    blobs: 1,
    freedBytes: 1000,
    leftBytes: 1000,
  });
  assert.deepEqual(await keysLeft(at.store), ['young']);
  assert.deepEqual([await at.store.hasBlob(old), await at.store.hasBlob(young)], [false, true]);
});

test('the longest unused go first until the rest fits', async () => {
  await using at = await temporaryStore();
  for (const [index, key] of ['d', 'c', 'b', 'a'].entries()) await putAged(at.store, key, (index + 1) * dayMs);
  await pruneStore(at.store, { maxBytes: 2500 });
  assert.deepEqual(await keysLeft(at.store), ['c', 'd']);
  assert.equal((await listStore(at.store)).blobs.length, 2);
});

test('a blob stays while any result points to it', async () => {
  await using at = await temporaryStore();
  const digest = await putAged(at.store, 'old', 40 * dayMs);
  await at.store.putResult('layer', 'new', { digest }, [digest]);
  assert.equal((await pruneStore(at.store, { unusedForMs: 30 * dayMs })).blobs, 0);
  assert.ok(await at.store.getResult('layer', 'new'));
});

test('blobs that nothing points to go, unless they may belong to a build that runs now', async () => {
  await using at = await temporaryStore();
  const fresh = await at.store.putBlob(Buffer.from('being built'));
  const stale = await at.store.putBlob(Buffer.from('left behind'));
  const then = (Date.now() - dayMs) / 1000;
  fs.utimesSync(at.store.blobPath(stale.digest), then, then);
  await pruneStore(at.store);
  assert.deepEqual([await at.store.hasBlob(fresh.digest), await at.store.hasBlob(stale.digest)], [true, false]);
});

test('what was used in the last hours stays, however little may be kept', async () => {
  await using at = await temporaryStore();
  await putAged(at.store, 'used', hourMs);
  await putAged(at.store, 'read', 30 * dayMs);
  await at.store.getResult('layer', 'read');
  await pruneStore(at.store, { maxBytes: 0, unusedForMs: 0 });
  assert.deepEqual(await keysLeft(at.store), ['read', 'used']);
  assert.ok(await at.store.getResult('layer', 'read'));
});

test('torn results are removed', async () => {
  await using at = await temporaryStore();
  await at.store.putResult('layer', 'a', 1);
  fs.writeFileSync(path.join(at.store.directory, 'results/layer/torn.json'), '{');
  assert.equal((await pruneStore(at.store)).results, 1);
  assert.deepEqual(fs.readdirSync(path.join(at.store.directory, 'results/layer')).length, 1);
});
