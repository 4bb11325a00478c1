import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { digestOf } from '../../src/oci/digest.ts';
import { Store } from '../../src/store/store.ts';
import { leftovers, temporaryStore } from './folder.ts';

const hello = Buffer.from('hello');

test('a blob written in any chunks is read back under its digest', async () => {
  await using at = await temporaryStore();
  const bytes = Buffer.alloc(3_000_001, 'abcdefg');
  for (const size of [1 << 10, 100_003, 1 << 20, bytes.length]) {
    const writer = await at.store.createBlob();
    for (let from = 0; from < bytes.length; from += size) writer.write(bytes.subarray(from, from + size));
    assert.deepEqual(await writer.commit(), { digest: digestOf(bytes), sizeBytes: bytes.length });
  }
  assert.ok((await at.store.readBlob(digestOf(bytes))).equals(bytes));
  assert.ok(Buffer.concat(await at.store.streamBlob(digestOf(bytes)).toArray()).equals(bytes));
  assert.deepEqual(leftovers(at.store), []);
});

test('small and large chunks keep their order', async () => {
  await using at = await temporaryStore();
  const chunks = [10, 300_000, 20, 1_048_570, 5, 262_144, 262_143, 2_000_000, 1].map((length, index) =>
    Buffer.alloc(length, index),
  );
  const writer = await at.store.createBlob();
  for (const chunk of chunks) writer.write(chunk);
  assert.equal((await writer.commit()).digest, digestOf(Buffer.concat(chunks)));
  assert.ok((await at.store.readBlob(digestOf(Buffer.concat(chunks)))).equals(Buffer.concat(chunks)));
});

test('a blob that begins as another one is hashed from there on', async () => {
  await using at = await temporaryStore();
  const [begin, one, other] = [300_000, 70_000, 500_000].map((length, index) => Buffer.alloc(length, index + 1));
  const first = await at.store.createBlob();
  first.write(begin!);
  const state = first.state();
  first.write(one!);
  await first.commit();
  for (const chunkBytes of [1000, 299_999, 1 << 20]) {
    const bytes = Buffer.concat([begin!, other!]);
    const second = await at.store.createBlob();
    second.resume(state, begin!.length);
    for (let from = 0; from < bytes.length; from += chunkBytes) second.write(bytes.subarray(from, from + chunkBytes));
    assert.equal((await second.commit()).digest, digestOf(bytes));
    assert.ok((await at.store.readBlob(digestOf(bytes))).equals(bytes));
  }
});

test('held results come back as they are, and go with the blob that they speak of', async () => {
  await using at = await temporaryStore();
  const { digest } = await at.store.putBlob(hello);
  at.store.holdResults();
  await at.store.putResult('layer', 'a', { size: 5 }, [digest]);
  await at.store.putResult('layer', 'b', { size: 6 });
  assert.deepEqual(await at.store.getResult('layer', 'a'), { size: 5 });
  await at.store.dropBlob(digest);
  await at.store.putBlob(hello);
  assert.equal(await at.store.getResult('layer', 'a'), undefined);
  at.store.writeResults();
  const other = await Store.open(at.store.directory);
  assert.equal(await other.getResult('layer', 'a'), undefined);
  assert.deepEqual(await other.getResult('layer', 'b'), { size: 6 });
});

test('the empty blob is a blob', async () => {
  await using at = await temporaryStore();
  const { digest } = await at.store.putBlob(Buffer.alloc(0));
  assert.equal((await at.store.readBlob(digest)).length, 0);
  assert.deepEqual(await at.store.streamBlob(digest).toArray(), []);
});

test('a writer lets its caller reuse the memory of a chunk', async () => {
  await using at = await temporaryStore();
  const writer = await at.store.createBlob();
  const chunk = Buffer.from('one ');
  writer.write(chunk);
  chunk.write('two ');
  writer.write(chunk);
  const { digest } = await writer.commit();
  assert.equal((await at.store.readBlob(digest)).toString(), 'one two ');
});

test('hasBlob compares the size where one is given', async () => {
  await using at = await temporaryStore();
  const { digest } = await at.store.putBlob(hello);
  assert.equal(await at.store.hasBlob(digest), true);
  assert.equal(await at.store.hasBlob(digest, 5), true);
  assert.equal(await at.store.hasBlob(digest, 6), false);
  assert.equal(await at.store.hasBlob(digestOf('other')), false);
});

test('bytes that are not what was expected are refused and leave nothing', async () => {
  await using at = await temporaryStore();
  for (const expected of [{ digest: digestOf('other') }, { sizeBytes: 4 }]) {
    const writer = await at.store.createBlob();
    writer.write(hello);
    await assert.rejects(writer.commit(expected), { code: 'digest-mismatch' });
  }
  assert.deepEqual(leftovers(at.store), []);
  assert.equal(await at.store.hasBlob(digestOf(hello)), false);
});

test('an aborted blob leaves nothing, however often it is aborted', async () => {
  await using at = await temporaryStore();
  const writer = await at.store.createBlob();
  writer.write(hello);
  await writer.abort();
  await writer.abort();
  assert.throws(() => writer.write(hello), { code: 'internal' });
  assert.deepEqual(leftovers(at.store), []);
});

test('a stream that fails leaves nothing', async () => {
  await using at = await temporaryStore();
  const failing = (async function* () {
    yield hello;
    throw new Error('connection lost');
  })();
  await assert.rejects(at.store.putStream(failing), /connection lost/);
  assert.deepEqual(leftovers(at.store), []);
});

for (const [name, damage] of [
  ['a flipped bit', (bytes: Buffer) => bytes.fill((bytes[700_000] ?? 0) ^ 1, 700_000, 700_001)],
  ['a lost end', (bytes: Buffer) => bytes.subarray(0, 700_000)],
  ['bytes too many', (bytes: Buffer) => Buffer.concat([bytes, hello])],
] as const) {
  test(`${name} is found by reading, whole or as a stream, and the blob is dropped`, async () => {
    await using at = await temporaryStore();
    const bytes = Buffer.alloc(1_000_000, 'abc');
    const digest = digestOf(bytes);
    for (const read of [() => at.store.readBlob(digest), () => at.store.streamBlob(digest).toArray()]) {
      await at.store.putBlob(bytes);
      fs.writeFileSync(at.store.blobPath(digest), damage(Buffer.from(bytes)));
      await assert.rejects(read(), { code: 'store-blob-damaged' });
      assert.equal(await at.store.hasBlob(digest), false);
      await assert.rejects(read(), { code: 'store-blob-missing' });
    }
  });
}

test('a stream of a damaged blob never gives out its last chunk', async () => {
  await using at = await temporaryStore();
  const bytes = Buffer.alloc(1_000_000, 'abc');
  const { digest } = await at.store.putBlob(bytes);
  fs.writeFileSync(at.store.blobPath(digest), Buffer.from(bytes).fill('x', 0, 1));
  let seen = 0;
  await assert.rejects(
    async () => {
      for await (const chunk of at.store.streamBlob(digest)) seen += (chunk as Buffer).length;
    },
    { code: 'store-blob-damaged' },
  );
  assert.ok(seen < bytes.length);
});

test('writing a blob again heals a damaged one', async () => {
  await using at = await temporaryStore();
  const { digest } = await at.store.putBlob(hello);
  fs.writeFileSync(at.store.blobPath(digest), 'jello');
  await at.store.putBlob(hello);
  assert.equal((await at.store.readBlob(digest)).toString(), 'hello');
});

test('a result is read back under its kind and key alone', async () => {
  await using at = await temporaryStore();
  const { digest } = await at.store.putBlob(hello);
  const value = { b: [1, null, 'ü'], a: { 10: 'x', 9: 'y' } };
  await at.store.putResult('layer', 'key/../1', value, [digest]);
  assert.deepEqual(await at.store.getResult('layer', 'key/../1'), value);
  assert.equal(await at.store.getResult('layer', 'key'), undefined);
  assert.equal(await at.store.getResult('facts', 'key/../1'), undefined);
});

test('a result never points to a blob that is not there', async () => {
  await using at = await temporaryStore();
  await assert.rejects(at.store.putResult('layer', 'key', 1, [digestOf(hello)]), { code: 'store-blob-missing' });
  const { digest } = await at.store.putBlob(hello);
  await at.store.putResult('layer', 'key', 1, [digest]);
  fs.rmSync(at.store.blobPath(digest));
  assert.equal(await at.store.getResult('layer', 'key'), undefined);
});

test('a result that is torn at any byte, changed, or moved reads as none', async () => {
  await using at = await temporaryStore();
  await at.store.putResult('kind', 'one', { n: 12 });
  await at.store.putResult('kind', 'two', { n: 13 });
  const folder = path.join(at.store.directory, 'results/kind');
  const [first = '', second = ''] = fs.readdirSync(folder).map((name) => path.join(folder, name));
  const bytes = fs.readFileSync(first);
  const keys = ['one', 'two'];
  const read = async (): Promise<unknown[]> => Promise.all(keys.map((key) => at.store.getResult('kind', key)));
  for (let length = 0; length < bytes.length; length++) {
    fs.writeFileSync(first, bytes.subarray(0, length));
    assert.equal((await read()).filter((value) => value === undefined).length, 1, `cut at ${length}`);
  }
  fs.writeFileSync(first, bytes.toString().replace(/"n":1/, '"n":2'));
  assert.equal((await read()).filter((value) => value === undefined).length, 1);
  fs.copyFileSync(second, first);
  assert.equal((await read()).filter((value) => value === undefined).length, 1);
});

test('reading a result notes its use once an hour', async () => {
  await using at = await temporaryStore();
  await at.store.putResult('kind', 'key', 1);
  const folder = path.join(at.store.directory, 'results/kind');
  const file = path.join(folder, fs.readdirSync(folder)[0] ?? '');
  const minute = 60;
  const now = Math.floor(Date.now() / 1000);
  for (const [before, noted] of [
    [now - 50 * minute, false],
    [now - 70 * minute, true],
  ] as const) {
    fs.utimesSync(file, before, before);
    await at.store.getResult('kind', 'key');
    assert.equal(fs.statSync(file).mtimeMs > before * 1000, noted);
  }
});

test('a folder that cannot be one is said to be unusable, with what to do', async () => {
  await using at = await temporaryStore();
  const file = path.join(at.folder, 'file');
  fs.writeFileSync(file, '');
  await assert.rejects(Store.open(path.join(file, 'store')), { code: 'store-unusable', hint: /PYCONTAINER_STORE/ });
});

test('a store whose folders are removed while it is open makes them again', async () => {
  await using at = await temporaryStore();
  fs.rmSync(at.store.directory, { recursive: true });
  const { digest } = await at.store.putBlob(hello);
  await at.store.putResult('kind', 'key', 1, [digest]);
  assert.equal(await at.store.getResult('kind', 'key'), 1);
});
