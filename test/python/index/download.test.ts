import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { PycontainerError } from '../../../src/errors.ts';
import type { Store } from '../../../src/store/store.ts';
import { download } from '../../../src/python/index/download.ts';
import { fileRoute, reply, serveIndex, sha256 } from '../../support/index-server.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { indexRig } from './rig.ts';

const md5 = (bytes: Buffer) => `md5:${createHash('md5').update(bytes).digest('hex')}`;

test('hashes of other algorithms are checked too, of an empty file as well', async () => {
  await using rig = await indexRig();
  const bytes = Buffer.from('bytes');
  await using server = await serveIndex({ '/x': fileRoute(bytes), '/empty': fileRoute(Buffer.alloc(0)) });
  const tools = rig.finder(await rig.settings());
  const from = async (name: string, hashes: string[]) =>
    download({ filename: 'x.whl', url: `${server.url}/${name}`, hashes, wanted: new Set(['sha512']) }, tools);
  const { hashes, sizeBytes } = await from('x', [md5(bytes)]);
  assert.deepEqual([hashes.slice(0, 2), sizeBytes], [[`sha256:${sha256(bytes)}`, md5(bytes)], 5]);
  assert.match(hashes[2] ?? '', /^sha512:/);
  await rejectsWith(
    from('x', [`sha256:${sha256(bytes)}`, md5(Buffer.from('y'))]),
    'wheel-hash-mismatch',
    /Expected md5:.* but got md5:/,
  );
  await rejectsWith(from('empty', [md5(bytes)]), 'wheel-hash-mismatch');
  assert.equal((await from('empty', [])).sizeBytes, 0);
});

test('a full disk is said as what it is, and is no reason to try again', async () => {
  await using rig = await indexRig();
  await using server = await serveIndex({ '/x': fileRoute(Buffer.alloc(10)) });
  const finder = rig.finder(await rig.settings());
  const file = { filename: 'x.whl', url: `${server.url}/x`, hashes: [] };
  await rejectsWith(download({ ...file, sizeBytes: 2 ** 52 }, finder), 'disk-full', /bytes are needed/);
  const store: Pick<Store, 'directory' | 'createBlob'> = {
    directory: rig.folder,
    createBlob: async () => ({
      write: () => {
        throw new PycontainerError('disk-full', 'No space is left');
      },
      state: () => assert.fail('was asked for its state'),
      resume: () => assert.fail('was resumed'),
      commit: async () => assert.fail('was committed'),
      abort: async () => undefined,
    }),
  };
  const { access, emit } = finder;
  await rejectsWith(download(file, { access, emit, store: store as Store }), 'disk-full', /No space is left/);
  assert.equal(server.requests.length, 2);
});

test('what the host refuses is said with its status', async () => {
  await using rig = await indexRig();
  await using server = await serveIndex({ '/x': reply('', 'text/plain', 451) });
  const file = { filename: 'x.whl', url: `${server.url}/x`, hashes: [] };
  await rejectsWith(
    download(file, rig.finder(await rig.settings())),
    'index-unreachable',
    /\/x answered with status 451/,
  );
});

test('a host that never goes on where it was asked to is given up', async () => {
  await using rig = await indexRig();
  const bytes = Buffer.alloc(10);
  const parts = (start: string) => (_request: unknown, response: ServerResponse) =>
    response.writeHead(206, { 'content-range': `bytes ${start}-9/10` }).end(bytes);
  await using server = await serveIndex({
    '/unasked': parts('5'),
    '/odd': parts('x'),
    '/none': reply('', 'text/plain', 416),
  });
  for (const name of ['unasked', 'odd', 'none']) {
    const file = { filename: 'x.whl', url: `${server.url}/${name}`, hashes: [`sha256:${sha256(bytes)}`] };
    await rejectsWith(download(file, rig.finder(await rig.settings())), 'index-unreachable', /does not go on/);
  }
});
