import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { inspect } from 'node:util';
import type { Access } from '../../../src/python/index/access.ts';
import { readLinks } from '../../../src/python/index/links.ts';
import { readPage } from '../../../src/python/index/page.ts';
import { htmlPage, jsonPage, redirect, reply, serveIndex, withLogin } from '../../support/index-server.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { indexRig, type Rig } from './rig.ts';

const wheel = 'pkg-1.0-py3-none-any.whl';
const page = htmlPage(`<a href="${wheel}">`);

async function access(rig: Rig, index: string, options: Partial<Access> = {}): Promise<Access> {
  const { credentials } = await rig.settings({ indexes: [index] });
  return { http: rig.http, credentials, offline: false, ...options };
}

test('JSON is asked for first, and HTML is taken', async () => {
  await using rig = await indexRig();
  const accepts: (string | undefined)[] = [];
  await using server = await serveIndex({
    '/simple/pkg/': (request, response) => {
      accepts.push(request.headers.accept);
      page(request, response);
    },
  });
  const files = await readPage(`${server.url}/simple/pkg/`, await access(rig, server.url));
  assert.equal(files?.[0]?.url, `${server.url}/simple/pkg/${wheel}`);
  const weights = (accepts[0] ?? '').split(', ').map((part) => part.split(';q=')[1] ?? '1');
  assert.deepEqual(weights, weights.toSorted().toReversed());
  assert.match(accepts[0] ?? '', /^application\/vnd\.pypi\.simple\.v1\+json,/);
});

test('a page that is not there is none; every other answer is an error that names it', async () => {
  await using rig = await indexRig();
  await using server = await serveIndex({
    '/gone': reply('', 'text/html', 410),
    '/denied': reply('', 'text/html', 403),
    '/broken': reply('', 'text/html', 500),
    '/moved': redirect('/moved'),
  });
  const tools = await access(rig, server.url);
  assert.equal(await readPage(`${server.url}/none`, tools), undefined);
  assert.equal(await readPage(`${server.url}/gone`, tools), undefined);
  const denied = await rejectsWith(
    readPage(`${server.url}/denied`, tools),
    'index-unreachable',
    /\/denied answered with status 403/,
  );
  assert.match(denied.hint ?? '', /netrc/);
  await rejectsWith(readPage(`${server.url}/broken`, tools), 'index-unreachable', /status 500/);
  await rejectsWith(readPage(`${server.url}/moved`, tools), 'index-unreachable', /circle/);
});

test('a host that does not answer, and one that must not be asked, are said', async () => {
  await using rig = await indexRig();
  const server = await serveIndex();
  await server[Symbol.asyncDispose]();
  const tools = await access(rig, server.url);
  await rejectsWith(readPage(`${server.url}/simple/pkg/`, tools), 'index-unreachable', /simple\/pkg\/ cannot be read/);
  await rejectsWith(readPage(`${server.url}/simple/pkg/`, { ...tools, offline: true }), 'offline', /simple\/pkg/);
});

test('the login of an index is sent to it, but not to where it redirects or keeps its files', async () => {
  await using rig = await indexRig();
  await using other = await serveIndex({ '/pkg/': page });
  await using server = await serveIndex({ '/simple/pkg/': withLogin('u', 'p', redirect(`${other.url}/pkg/`)) });
  const index = server.url.replace('://', '://u:p@');
  const files = await readPage(`${server.url}/simple/pkg/`, await access(rig, `${index}/simple`));
  assert.equal(files?.[0]?.url, `${other.url}/pkg/${wheel}`);
  assert.deepEqual(server.authorizations, [`Basic ${btoa('u:p')}`]);
  assert.deepEqual(other.authorizations, [undefined]);
});

test('a wrong login is an error that does not show it', async () => {
  await using rig = await indexRig();
  await using server = await serveIndex({ '/simple/pkg/': withLogin('u', 'right', page) });
  const index = server.url.replace('://', '://u:secret@');
  const error = await rejectsWith(
    readPage(`${server.url}/simple/pkg/`, await access(rig, index)),
    'index-unreachable',
    /401/,
  );
  assert(!inspect(error, { depth: 9 }).includes('secret'));
});

test('after a 401 the keyring is asked', async () => {
  await using rig = await indexRig();
  await using server = await serveIndex({ '/simple/pkg/': withLogin('u', 'p', page) });
  const setup = await rig.settings({
    indexes: [`${server.url}/simple`],
    keyring: { get: async () => ({ user: 'u', password: 'p' }) },
  });
  const tools = { http: rig.http, credentials: setup.credentials, offline: false };
  assert.equal((await readPage(`${server.url}/simple/pkg/`, tools))?.length, 1);
  assert.equal(server.requests.length, 2);
});

test('user info in the URL of a file is kept for that file and shown nowhere', async () => {
  await using rig = await indexRig();
  await using server = await serveIndex({
    '/': jsonPage([{ filename: wheel, url: 'http://u:secret@cdn.test/x.whl', hashes: {} }]),
  });
  const tools = await access(rig, server.url);
  assert.equal((await readPage(`${server.url}/`, tools))?.[0]?.url, 'http://cdn.test/x.whl');
  assert.equal(await tools.credentials.header('http://cdn.test/x.whl'), `Basic ${btoa('u:secret')}`);
  assert.equal(await tools.credentials.header('http://cdn.test/y.whl'), undefined);
});

test('a packed page is unpacked, but not without end', async () => {
  await using rig = await indexRig();
  const packed = (text: string | Buffer) => (_: unknown, response: ServerResponse) =>
    response.writeHead(200, { 'content-type': 'text/html', 'content-encoding': 'gzip' }).end(gzipSync(text));
  await using server = await serveIndex({
    '/packed': packed(`<a href="${wheel}">`),
    '/bomb': packed(Buffer.alloc(129 * 1024 * 1024, ' ')),
    '/torn': (_request, response) =>
      response
        .writeHead(200, { 'content-type': 'text/html', 'content-encoding': 'gzip' })
        .end(gzipSync('x').subarray(0, 9)),
  });
  const tools = await access(rig, server.url);
  assert.equal((await readPage(`${server.url}/packed`, tools))?.length, 1);
  await rejectsWith(readPage(`${server.url}/bomb`, tools), 'index-unreachable', /has more than/);
  await rejectsWith(readPage(`${server.url}/torn`, tools), 'index-unreachable');
});

test('an index on disk is an index.html, or a folder of files', async () => {
  await using rig = await indexRig();
  const tools = await access(rig, 'https://unused');
  mkdirSync(path.join(rig.folder, 'a/pkg'), { recursive: true });
  const url = pathToFileURL(path.join(rig.folder, 'a/pkg')).href;
  writeFileSync(path.join(rig.folder, 'a/pkg', wheel), '');
  writeFileSync(path.join(rig.folder, 'a/pkg/a+b.txt'), '');
  assert.deepEqual(
    (await readPage(`${url}/`, tools))?.map((file) => file.url),
    [`${url}/a+b.txt`, `${url}/${wheel}`],
  );
  writeFileSync(path.join(rig.folder, 'a/pkg/index.html'), '<a href="../x-1.tar.gz">');
  assert.deepEqual(
    (await readPage(`${url}/`, tools))?.map((file) => file.filename),
    ['x-1.tar.gz'],
  );
  assert.equal(await readPage(`${url}/none/`, tools), undefined);
  await rejectsWith(readPage('file://nas/share/pkg/', tools), 'index-unreachable', /names no path/);
});

test('find-links are folders, pages or single files', async () => {
  await using rig = await indexRig();
  await using server = await serveIndex({ '/page.html': page, '/': page });
  const tools = await access(rig, server.url);
  mkdirSync(path.join(rig.folder, 'w/below'), { recursive: true });
  writeFileSync(path.join(rig.folder, 'w', wheel), '');
  writeFileSync(path.join(rig.folder, 'w/index.html'), '<a href="other-1.tar.gz">');
  const at = (name: string) => pathToFileURL(path.join(rig.folder, name)).href;
  const names = async (url: string) => (await readLinks(url, tools))?.map(({ filename }) => filename);
  assert.deepEqual(await names(at('w')), ['below', 'index.html', wheel]);
  assert.deepEqual(await names(at('w/index.html')), ['other-1.tar.gz']);
  assert.deepEqual(await names(`${server.url}/page.html`), [wheel]);
  assert.deepEqual(await names(`${server.url}/none/`), undefined);
  assert.deepEqual(await names(at('none')), undefined);
  assert.deepEqual(await readLinks(`${server.url}/${wheel}#sha256=${'a'.repeat(64)}`, tools), [
    { filename: wheel, url: `${server.url}/${wheel}`, hashes: [`sha256:${'a'.repeat(64)}`] },
  ]);
});
