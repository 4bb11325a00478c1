import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import pLimit from 'p-limit';
import { fetchWheel } from '../../../src/python/index/fetch.ts';
import type { WheelFile } from '../../../src/python/index/file.ts';
import { fileRoute, htmlPage, jsonPage, redirect, serveIndex, sha256, withLogin } from '../../support/index-server.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { indexRig, type Rig } from './rig.ts';

const filename = 'pkg-1.0-py3-none-any.whl';
const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) % 251));
const wanted = (url?: string, rest: Partial<WheelFile> = {}): WheelFile => ({
  filename,
  sha256: sha256(bytes),
  ...(url === undefined ? {} : { url }),
  ...rest,
});

async function fetch(
  rig: Rig,
  file: WheelFile,
  settings: Parameters<Rig['settings']>[0] = {},
  options: Parameters<Rig['finder']>[1] = {},
) {
  return fetchWheel(file, rig.finder(await rig.settings(settings), options));
}

function leftovers(rig: Rig): string[] {
  return readdirSync(path.join(rig.store.directory, 'tmp'));
}

test('a wheel is brought into the store once, with its progress', async () => {
  await using rig = await indexRig();
  await using server = await serveIndex({ [`/${filename}`]: fileRoute(bytes) });
  const file = wanted(`${server.url}/${filename}`);
  const found = await fetch(rig, file);
  assert(readFileSync(found).equals(bytes));
  assert.equal(await fetch(rig, file, {}, { offline: true }), found);
  assert.equal(server.requests.length, 1);
  assert.deepEqual(rig.events.at(-1), {
    type: 'download',
    what: filename,
    doneBytes: bytes.length,
    totalBytes: bytes.length,
    finished: true,
  });
});

test('after a break the rest alone is asked for', async () => {
  await using rig = await indexRig();
  const ranges: (string | undefined)[] = [];
  const route = fileRoute(bytes, { breakAfter: [100_000, 50_000], etag: '"v1"' });
  await using server = await serveIndex({
    [`/${filename}`]: (request, response) => {
      ranges.push(request.headers.range);
      route(request, response);
    },
  });
  const found = await fetch(rig, wanted(`${server.url}/${filename}`));
  assert(readFileSync(found).equals(bytes));
  const starts = ranges.map((range) => Number(/^bytes=([0-9]+)-$/.exec(range ?? 'bytes=0-')?.[1]));
  assert.equal(starts.length, 3);
  assert(
    starts[1] !== undefined && starts[1] > 0 && starts[2] !== undefined && starts[2] > starts[1],
    starts.join(' '),
  );
  assert.deepEqual(leftovers(rig), []);
});

test('no more go over the network at once than the limit allows', { timeout: 200_000 }, async () => {
  await using rig = await indexRig();
  let most = 0;
  const waiting: (() => void)[] = [];
  await using server = await serveIndex();
  const files = Array.from({ length: 6 }, (_, index) => {
    const body = Buffer.from(`wheel ${index}`);
    server.routes[`/${index}`] = (request, response) => {
      waiting.push(() => fileRoute(body)(request, response));
      most = Math.max(most, waiting.length);
      if (waiting.length === 2) setImmediate(() => setImmediate(() => waiting.splice(0).forEach((answer) => answer())));
    };
    return wanted(`${server.url}/${index}`, { sha256: sha256(body) });
  });
  const finder = rig.finder(await rig.settings(), { limit: pLimit(2) });
  await Promise.all(files.map(async (file) => fetchWheel(file, finder)));
  assert.equal(most, 2);
});

test('a damaged wheel in the store is fetched again', async () => {
  await using rig = await indexRig();
  await using server = await serveIndex({ [`/${filename}`]: fileRoute(bytes) });
  const blob = await rig.store.putBlob(bytes);
  writeFileSync(rig.store.blobPath(blob.digest), 'torn');
  const found = await fetch(rig, wanted(`${server.url}/${filename}`));
  assert(readFileSync(found).equals(bytes));
  assert.deepEqual(rig.events[0], { type: 'store-damage', digest: blob.digest, what: 'damaged' });
});

test('a host without ranges sends everything again', async () => {
  await using rig = await indexRig();
  await using server = await serveIndex({
    [`/${filename}`]: fileRoute(bytes, { breakAfter: [100_000], noRanges: true }),
  });
  assert(readFileSync(await fetch(rig, wanted(`${server.url}/${filename}`))).equals(bytes));
});

test('a file that changed between two parts is fetched again as a whole', async () => {
  await using rig = await indexRig();
  const old = Buffer.alloc(bytes.length, 1);
  await using server = await serveIndex({ [`/${filename}`]: fileRoute([old, bytes], { breakAfter: [100_000] }) });
  assert(readFileSync(await fetch(rig, wanted(`${server.url}/${filename}`))).equals(bytes));
  assert.equal(server.requests.length, 3);
});

test('a host that breaks off without sending anything is given up', async () => {
  await using rig = await indexRig();
  await using server = await serveIndex({ [`/${filename}`]: fileRoute(bytes, { breakAfter: [1000, 0, 0, 0, 0, 0] }) });
  await rejectsWith(fetch(rig, wanted(`${server.url}/${filename}`)), 'index-unreachable', /cannot be read/);
  assert.deepEqual(leftovers(rig), []);
});

test('a wrong file is refused, with what was expected and what came, and leaves nothing', async () => {
  await using rig = await indexRig();
  await using server = await serveIndex({ [`/${filename}`]: fileRoute(Buffer.from('other')) });
  const error = await rejectsWith(fetch(rig, wanted(`${server.url}/${filename}?token=secret`)), 'wheel-hash-mismatch');
  for (const part of [filename, sha256(bytes), sha256('other'), server.host])
    assert(error.message.includes(part), part);
  assert(!error.message.includes('secret'));
  await rejectsWith(
    fetch(rig, wanted(`${server.url}/${filename}`, { sizeBytes: 3 })),
    'wheel-hash-mismatch',
    /Expected 3 bytes, but there are more/,
  );
  assert.deepEqual([leftovers(rig), readdirSync(path.join(rig.store.directory, 'blobs/sha256'))], [[], []]);
});

test('a wheel that several nodes need is fetched once, and again after a failure', async () => {
  await using rig = await indexRig();
  await using server = await serveIndex();
  const finder = rig.finder(await rig.settings());
  const file = wanted(`${server.url}/${filename}`);
  const all = async () => Promise.allSettled([1, 2, 3].map(async () => fetchWheel(file, finder)));
  assert.deepEqual(
    (await all()).map(({ status }) => status),
    ['rejected', 'rejected', 'rejected'],
  );
  server.routes[`/${filename}`] = fileRoute(bytes);
  assert.deepEqual(
    (await all()).map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'fulfilled'],
  );
  assert.equal(server.requests.length, 2);
});

test('who gives up does not give up for the others', async () => {
  await using rig = await indexRig();
  const abort = new AbortController();
  let asked = 0;
  await using server = await serveIndex({
    [`/${filename}`]: (request, response) => {
      asked += 1;
      if (asked === 1) abort.abort();
      else fileRoute(bytes)(request, response);
    },
  });
  const setup = await rig.settings();
  const file = wanted(`${server.url}/${filename}`);
  const first = fetchWheel(file, rig.finder(setup, { signal: abort.signal }));
  const second = fetchWheel(file, rig.finder(setup));
  await rejectsWith(first, 'interrupted');
  assert(readFileSync(await second).equals(bytes));
});

test('a local wheel keeps its place, and is verified each time', async () => {
  await using rig = await indexRig();
  const file = path.join(rig.folder, filename);
  writeFileSync(file, bytes);
  const wheel = wanted(pathToFileURL(file).href);
  assert.equal(await fetch(rig, wheel), file);
  writeFileSync(file, 'changed');
  await rejectsWith(fetch(rig, wheel), 'wheel-hash-mismatch', new RegExp(sha256('changed')));
  await rejectsWith(fetch(rig, wanted('file:///none/x.whl')), 'file-unreadable', /ENOENT/);
});

test('a file that the lock names without a place is found on the indexes by name and hash', async () => {
  await using rig = await indexRig();
  await using wrong = await serveIndex({
    '/pkg/': jsonPage([{ filename, url: '/w', hashes: { sha256: 'a'.repeat(64) } }]),
  });
  await using right = await serveIndex({
    '/pkg/': htmlPage(`<a href="/f/${filename}">`),
    [`/f/${filename}`]: fileRoute(bytes),
  });
  const found = await fetch(rig, wanted(undefined, { index: 'https://pypi.org/simple' }), {
    indexes: [wrong.url, right.url],
  });
  assert(readFileSync(found).equals(bytes));
  assert.deepEqual(wrong.requests, ['GET /pkg/']);
});

test('a file that nobody has is said with its hash', async () => {
  await using rig = await indexRig();
  await using server = await serveIndex();
  const file = wanted(undefined, { index: 'https://pypi.org/simple' });
  await rejectsWith(
    fetch(rig, file, { indexes: [server.url] }),
    'package-not-found',
    /No index has pkg-1\.0-py3-none-any\.whl/,
  );
  await rejectsWith(fetch(rig, file, { indexes: [server.url] }, { offline: true }), 'offline');
});

test('where a mirror stands for pypi.org, files of its file host are taken from the mirror', async () => {
  await using rig = await indexRig();
  await using mirror = await serveIndex({
    '/simple/pkg/': jsonPage([{ filename, url: '/f', hashes: { sha256: sha256(bytes) } }]),
    '/f': fileRoute(bytes),
  });
  const file = wanted(`https://files.pythonhosted.org/${filename}`, { index: 'https://pypi.org/simple' });
  const found = await fetch(rig, file, { env: { PIP_INDEX_URL: `${mirror.url}/simple` } });
  assert(readFileSync(found).equals(bytes));
});

test("when the lock's own URL cannot be reached, the indexes are tried, and first from then on", async () => {
  await using rig = await indexRig();
  await using index = await serveIndex({
    '/pkg/': jsonPage([{ filename, url: '/f', hashes: { sha256: sha256(bytes) } }]),
    '/f': fileRoute(bytes),
  });
  const gone = await serveIndex();
  await gone[Symbol.asyncDispose]();
  const finder = rig.finder(await rig.settings({ indexes: [index.url] }));
  const file = wanted(`${gone.url}/${filename}`, { index: 'https://pypi.org/simple' });
  assert(readFileSync(await fetchWheel(file, finder)).equals(bytes));
  assert.equal(finder.hasFailed(`${gone.url}/other`), true);
  await rejectsWith(
    fetchWheel({ ...file, sha256: 'a'.repeat(64) }, finder),
    'index-unreachable',
    new RegExp(gone.host),
  );
});

test('a file by URL is asked for nowhere else', async () => {
  await using rig = await indexRig();
  await using index = await serveIndex();
  await rejectsWith(
    fetch(rig, wanted(`${index.url}/none/${filename}`), { indexes: [`${index.url}/simple`] }),
    'index-unreachable',
    /404/,
  );
  assert.deepEqual(index.requests, [`GET /none/${filename}`]);
});

test('a find-links folder on this disk spares the download, if the file is the right one', async () => {
  await using rig = await indexRig();
  await using server = await serveIndex({ [`/${filename}`]: fileRoute(bytes) });
  mkdirSync(path.join(rig.folder, 'w'));
  const local = path.join(rig.folder, 'w', filename);
  writeFileSync(local, bytes);
  const file = wanted(`${server.url}/${filename}`, { index: 'https://pypi.org/simple' });
  assert.equal(await fetch(rig, file, { findLinks: ['w'] }), local);
  writeFileSync(local, 'another build');
  assert.notEqual(await fetch(rig, file, { findLinks: ['w'] }), local);
  assert.equal(server.requests.length, 1);
});

test('the login of an index reaches its own host alone: not redirects, not another file host', async () => {
  await using rig = await indexRig();
  await using cdn = await serveIndex({ '/f': fileRoute(bytes) });
  await using server = await serveIndex({ [`/${filename}`]: withLogin('u', 'p', redirect(`${cdn.url}/f`)) });
  const settings = { indexes: [server.url.replace('://', '://u:p@')] };
  await fetch(rig, wanted(`${server.url}/${filename}`), settings);
  await fetch(rig, { ...wanted(`${cdn.url}/f`), sha256: sha256(bytes) }, settings);
  assert.deepEqual(cdn.authorizations, [undefined]);
});
