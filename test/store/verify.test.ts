import assert from 'node:assert/strict';
import fs from 'node:fs';
import { it } from 'node:test';
import { digestOf } from '../../src/oci/digest.ts';
import { Store } from '../../src/store/store.ts';
import { rejectsWith } from '../support/rejects.ts';
import { temporaryStore } from './folder.ts';

const bytes = Buffer.from('a blob');
const digest = digestOf(bytes);

it('finds a blob right, whether this process wrote it or another', async () => {
  await using test = await temporaryStore();
  await test.store.putBlob(bytes);
  await test.store.verifyBlob(digest);
  const other = await Store.open(test.store.directory);
  await other.verifyBlob(digest);
  await other.verifyBlob(digest);
});

it('reads a blob once as long as nothing touches it', async () => {
  await using test = await temporaryStore();
  await test.store.putBlob(bytes);
  const file = test.store.blobPath(digest);
  fs.utimesSync(file, 1000, 1000);
  const other = await Store.open(test.store.directory);
  await other.verifyBlob(digest);
  fs.writeFileSync(file, 'z blob');
  fs.utimesSync(file, 1000, 1000);
  await other.verifyBlob(digest);
});

for (const [how, harm] of [
  ['rewritten', (file: string) => fs.writeFileSync(file, 'A blob')],
  ['truncated', (file: string) => fs.truncateSync(file, 1)],
] as const) {
  it(`drops a blob that was ${how} behind its back`, async () => {
    await using test = await temporaryStore();
    await test.store.putBlob(bytes);
    await test.store.verifyBlob(digest);
    harm(test.store.blobPath(digest));
    await rejectsWith(test.store.verifyBlob(digest), 'store-blob-damaged');
    await rejectsWith(test.store.verifyBlob(digest), 'store-blob-missing');
  });
}

it('stops reading a large blob when it is told to', async () => {
  await using test = await temporaryStore();
  const { digest: large } = await test.store.putBlob(Buffer.alloc(40 << 20));
  const other = await Store.open(test.store.directory);
  const controller = new AbortController();
  setImmediate(() => controller.abort(new Error('enough')));
  await assert.rejects(other.verifyBlob(large, controller.signal), /enough/);
  await other.verifyBlob(large);
});
