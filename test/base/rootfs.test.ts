import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { Base } from '../../src/base/base.ts';
import { openBaseLayer } from '../../src/base/blob.ts';
import { openBase } from '../../src/base/open.ts';
import { decompressed, tarEntries } from '../../src/layer/read.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { parsePlatform } from '../../src/oci/platform.ts';
import { tarOf } from './image.ts';
import { testSources, type TestSources } from './sources.ts';

const amd64 = parsePlatform('linux/amd64');

function rootfs({ folder }: TestSources, name: string): string {
  const root = path.join(folder, name);
  fs.mkdirSync(path.join(root, 'usr/bin'), { recursive: true });
  for (const name of ['usr', 'usr/bin']) fs.chmodSync(path.join(root, name), 0o755);
  fs.mkdirSync(path.join(root, 'tmp'));
  fs.chmodSync(path.join(root, 'tmp'), 0o1777);
  fs.writeFileSync(path.join(root, 'usr/bin/su'), 'su');
  fs.chmodSync(path.join(root, 'usr/bin/su'), 0o4755);
  fs.linkSync(path.join(root, 'usr/bin/su'), path.join(root, 'usr/bin/sudo'));
  fs.symlinkSync('usr/bin', path.join(root, 'bin'));
  return root;
}

function open({ sources }: TestSources, place: string, platform = amd64): Promise<Base> {
  return openBase({ kind: 'rootfs', path: place }, 'rootfs:root', platform, sources);
}

async function listed(base: Base, { sources }: TestSources): Promise<unknown[]> {
  const entries: unknown[] = [];
  for await (const { header } of tarEntries(decompressed(await openBaseLayer(base.layers[0]!, sources), 'gzip'))) {
    const { path, type, mode, uid, gid, target } = header;
    entries.push([path, type, type === 'symlink' ? 0 : mode, uid, gid, target]);
  }
  return entries;
}

test('a folder becomes one layer: sorted, of root, with its modes and links', async () => {
  await using test = await testSources();
  const base = await open(test, rootfs(test, 'root'));
  assert.deepEqual(await listed(base, test), [
    ['bin', 'symlink', 0, 0, 0, 'usr/bin'],
    ['tmp', 'directory', 0o1777, 0, 0, undefined],
    ['usr', 'directory', 0o755, 0, 0, undefined],
    ['usr/bin', 'directory', 0o755, 0, 0, undefined],
    ['usr/bin/su', 'file', 0o4755, 0, 0, undefined],
    ['usr/bin/sudo', 'hardlink', 0o4755, 0, 0, 'usr/bin/su'],
  ]);
  assert.deepEqual(base.config.rootfs.diff_ids, [base.layers[0]?.diffId]);
  assert.deepEqual(base.layers[0]?.origin, { kind: 'store' });
});

test('equal folders in other places and at other times are one base, for each platform', async () => {
  await using test = await testSources();
  const [one, other] = [rootfs(test, 'one'), rootfs(test, 'other')];
  fs.utimesSync(path.join(other, 'usr/bin/su'), 1, 1);
  const base = await open(test, one);
  assert.equal((await open(test, other)).digest, base.digest);
  const arm = await open(test, one, parsePlatform('linux/arm64'));
  assert.notEqual(arm.digest, base.digest);
  assert.equal(arm.layers[0]?.descriptor.digest, base.layers[0]?.descriptor.digest);
});

test('an unchanged folder is not read again, a changed one is', async () => {
  await using test = await testSources();
  const root = rootfs(test, 'root');
  const before = await open(test, root);
  const blob = test.sources.store.blobPath(before.layers[0]!.descriptor.digest);
  const { ino } = fs.statSync(blob);
  assert.deepEqual(await open(test, root), before);
  assert.equal(fs.statSync(blob).ino, ino, 'the layer was not written again');
  fs.writeFileSync(path.join(root, 'usr/bin/su'), 'xx');
  assert.notEqual((await open(test, root)).digest, before.digest);
});

test('the layer is made again when the store has lost it', async () => {
  await using test = await testSources();
  const root = rootfs(test, 'root');
  const base = await open(test, root);
  fs.rmSync(test.sources.store.blobPath(base.layers[0]!.descriptor.digest));
  assert.deepEqual(await open(test, root), base);
  assert.equal((await listed(base, test)).length, 6);
});

test('sockets are left out and said so', async () => {
  await using test = await testSources();
  const root = rootfs(test, 'root');
  const server = net.createServer().listen(path.join(root, 'tmp/socket'));
  await once(server, 'listening');
  const base = await open(test, root);
  server.close();
  assert.equal((await listed(base, test)).length, 6);
  assert.deepEqual(test.events, [
    {
      type: 'warning',
      code: 'files-left-out',
      message: 'Base rootfs:root: 1 devices, pipes or sockets are left out, such as tmp/socket',
    },
  ]);
});

test('a tar is a layer as it is, plain or compressed, with the DiffId of what is in it', async () => {
  await using test = await testSources();
  const tar = await tarOf({ 'etc/passwd': 'root:x:0:0::/root:/bin/sh\n' });
  for (const [name, bytes] of Object.entries({
    'a.tar': tar,
    'a.tgz': gzipSync(tar),
    'a.tar.zst': zstdCompressSync(tar),
  })) {
    const file = path.join(test.folder, name);
    fs.writeFileSync(file, bytes);
    const base = await open(test, file);
    assert.equal(base.layers[0]?.diffId, digestOf(tar), name);
    assert.equal(base.layers[0]?.descriptor.digest, digestOf(bytes), name);
    assert.deepEqual(base.layers[0]?.origin, { kind: 'file', path: file });
    assert.deepEqual(await open(test, file), base);
    const stream = await openBaseLayer(base.layers[0], test.sources);
    assert.deepEqual(Buffer.concat(await Array.fromAsync(stream)), bytes);
  }
});
