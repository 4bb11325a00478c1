import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { digestOf } from '../../src/oci/digest.ts';
import { Store } from '../../src/store/store.ts';
import { leftovers } from './folder.ts';

/** A file system of one megabyte; undefined where this user may not mount one. */
function smallDisk(): ({ folder: string } & Disposable) | undefined {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pycontainer-full-'));
  const mounted =
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' }).status === 0;
  if (!mounted) fs.rmSync(folder, { recursive: true });
  if (!mounted) return undefined;
  return {
    folder,
    [Symbol.dispose]() {
      spawnSync('umount', [folder]);
      fs.rmSync(folder, { recursive: true });
    },
  };
}

test('a full disk is said to be full, and leaves the store right', async (context) => {
  using disk = smallDisk();
  if (disk === undefined) {
    context.skip('only a user who may mount a file system can fill one');
    return;
  }
  const store = await Store.open(path.join(disk.folder, 'store'));
  const { digest } = await store.putBlob(Buffer.alloc(300_000, 'fits'));
  await store.putResult('kind', 'key', 1, [digest]);
  const tooMuch = Buffer.alloc(900_000, 'does not fit');
  const full = { code: 'disk-full', hint: /PYCONTAINER_STORE/ };
  await assert.rejects(store.putBlob(tooMuch), full);
  const writer = await store.createBlob();
  await assert.rejects(async () => {
    for (let at = 0; at < tooMuch.length; at += 1000) writer.write(tooMuch.subarray(at, at + 1000));
    await writer.commit();
  }, full);
  await assert.rejects(store.putResult('kind', 'large', 'x'.repeat(900_000)), full);
  assert.deepEqual(leftovers(store), []);
  assert.equal(await store.hasBlob(digestOf(tooMuch)), false);
  assert.equal(await store.getResult('kind', 'large'), undefined);
  assert.equal(await store.getResult('kind', 'key'), 1);
  assert.equal((await store.readBlob(digest)).length, 300_000);
});
