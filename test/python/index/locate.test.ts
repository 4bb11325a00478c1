import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { locateWheel } from '../../../src/python/index/locate.ts';
import type { LockedPackage } from '../../../src/python/lock/package.ts';
import { supportedTags } from '../../../src/python/tags.ts';
import { fileRoute, htmlPage, jsonPage, serveIndex, sha256 } from '../../support/index-server.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { indexRig, locked, type Rig } from './rig.ts';

const tags = supportedTags({
  implementation: 'cpython',
  version: [3, 12],
  freeThreaded: false,
  libc: { kind: 'glibc', version: '2.36' },
  machine: 'x86_64',
});
const pure = 'pkg-1.0-py3-none-any.whl';
const native = 'pkg-1.0-cp312-cp312-manylinux_2_17_x86_64.whl';
const hash = (letter: string) => `sha256:${letter.repeat(64)}`;
const entry = (filename: string, letter: string, rest: object = {}) => ({
  filename,
  url: `/files/${filename}`,
  hashes: { sha256: letter.repeat(64) },
  ...rest,
});

type Settings = Parameters<Rig['settings']>[0];

async function locate(rig: Rig, pkg: LockedPackage, settings: Settings, options: Parameters<Rig['finder']>[1] = {}) {
  const finder = rig.finder(await rig.settings(settings), options);
  return locateWheel(pkg, tags, { finder, pythonVersion: '3.12.7' });
}

test('a lock that lists files with their hashes is answered without any network', async () => {
  await using rig = await indexRig();
  const file = (filename: string, letter: string) => ({
    filename,
    url: `https://u:p@files/${filename}#x`,
    hashes: [hash(letter)],
    sizeBytes: 5,
  });
  const pkg = locked('pkg', '1.0', {
    wheels: [file(pure, 'a'), file(native, 'b')],
    source: { kind: 'index', url: 'https://corp/simple' },
  });
  assert.deepEqual(await locate(rig, pkg, {}, { offline: true }), {
    filename: native,
    url: `https://files/${native}`,
    sha256: 'b'.repeat(64),
    sizeBytes: 5,
    index: 'https://corp/simple',
  });
});

test('a lock that lists names and hashes without URLs needs no network either', async () => {
  await using rig = await indexRig();
  const pkg = locked('pkg', '1.0', { wheels: [{ filename: pure, hashes: [hash('a')] }] });
  assert.deepEqual(await locate(rig, pkg, {}, { offline: true }), {
    filename: pure,
    sha256: 'a'.repeat(64),
    index: 'https://pypi.org/simple',
  });
});

test('with hashes, the first place that has a fitting wheel with one of them decides', async () => {
  await using rig = await indexRig();
  await using first = await serveIndex({ '/pkg/': jsonPage([entry(native, 'e'), entry('pkg-1.0.tar.gz', 'a')]) });
  await using second = await serveIndex({
    '/pkg/': jsonPage([entry(pure, 'a'), entry(native, 'b'), entry('pkg-2.0-py3-none-any.whl', 'b')]),
  });
  const pkg = locked('pkg', '1', { hashes: [hash('a'), hash('b')] });
  const found = await locate(rig, pkg, { indexes: [first.url, second.url] });
  assert.deepEqual(found, {
    filename: native,
    url: `${second.url}/files/${native}`,
    sha256: 'b'.repeat(64),
    index: 'https://pypi.org/simple',
  });
});

test('with hashes, an index that cannot be read is passed over with a warning, or said when nothing is found', async () => {
  await using rig = await indexRig();
  await using second = await serveIndex({ '/pkg/': jsonPage([entry(pure, 'a')]) });
  const gone = await serveIndex();
  await gone[Symbol.asyncDispose]();
  const indexes = [gone.url, second.url];
  await locate(rig, locked('pkg', '1.0', { hashes: [hash('a')] }), { indexes });
  assert.deepEqual(
    rig.events.map((event) => event.type === 'warning' && event.code),
    ['index-unreachable'],
  );
  await rejectsWith(locate(rig, locked('pkg', '1.0', { hashes: [hash('f')] }), { indexes }), 'index-unreachable');
});

test('without hashes, the first index that has the package at all decides', async () => {
  await using rig = await indexRig();
  await using empty = await serveIndex();
  await using own = await serveIndex({ '/pkg/': jsonPage([entry('pkg-0.9-py3-none-any.whl', 'a')]) });
  await using open = await serveIndex({ '/pkg/': jsonPage([entry(pure, 'b')]) });
  assert.equal((await locate(rig, locked('pkg', '1.0'), { indexes: [empty.url, open.url] })).sha256, 'b'.repeat(64));
  const error = await rejectsWith(
    locate(rig, locked('pkg', '1.0'), { indexes: [empty.url, own.url, open.url] }),
    'package-not-found',
    /not in version 1\.0/,
  );
  assert(!error.message.includes(open.url));
  assert.equal(error.location?.line, 7);
  await own[Symbol.asyncDispose]();
  await rejectsWith(locate(rig, locked('other', '1.0'), { indexes: [own.url, open.url] }), 'index-unreachable');
});

test('an explicit index is asked for its own packages alone, and they are asked nowhere else', async () => {
  await using rig = await indexRig();
  await using own = await serveIndex({ '/simple/pkg/': jsonPage([entry(pure, 'a')]) });
  await using open = await serveIndex({ '/simple/pkg/': jsonPage([entry(pure, 'b')]) });
  const dependencies = {
    indexes: [
      { url: `${own.url}/simple`, explicit: true },
      { url: `${open.url}/simple`, default: true },
    ],
    findLinks: [],
  };
  const pinned = locked('pkg', '1.0', { source: { kind: 'index', url: `${own.url}/simple/` } });
  assert.equal((await locate(rig, pinned, { dependencies })).sha256, 'a'.repeat(64));
  assert.equal((await locate(rig, locked('pkg', '1.0'), { dependencies })).sha256, 'b'.repeat(64));
  await rejectsWith(locate(rig, { ...pinned, name: 'none' }, { dependencies }), 'package-not-found');
  assert.deepEqual(open.requests, ['GET /simple/pkg/']);
});

test('an index that only the lock names is asked, and pypi.org is not told of its packages', async () => {
  await using rig = await indexRig();
  await using own = await serveIndex();
  const pkg = locked('secret-pkg', '1.0', { source: { kind: 'index', url: `${own.url}/simple` } });
  const error = await rejectsWith(locate(rig, pkg, {}), 'package-not-found');
  assert(!error.message.includes('pypi.org'));
  assert.deepEqual(own.requests, ['GET /simple/secret-pkg/']);
});

test('what an index answered is kept, so that planning again needs no network', async () => {
  await using rig = await indexRig();
  await using empty = await serveIndex();
  await using server = await serveIndex({ '/pkg/': htmlPage(`<a href="${pure}#${hash('a').replace(':', '=')}">`) });
  const settings = { indexes: [empty.url, server.url] };
  const first = await locate(rig, locked('pkg', '1.0'), settings);
  assert.deepEqual(await locate(rig, locked('pkg', '1.0'), settings, { offline: true }), first);
  assert.equal(server.requests.length, 1);
  await locate(rig, locked('pkg', '1.0'), settings, { refresh: true });
  assert.equal(server.requests.length, 2);
});

test('before it is said that nothing fits, what was kept is asked anew', async () => {
  await using rig = await indexRig();
  await using server = await serveIndex({ '/pkg/': jsonPage([entry('pkg-1.0-cp311-cp311-win32.whl', 'a')]) });
  const settings = { indexes: [server.url] };
  await rejectsWith(locate(rig, locked('pkg', '1.0'), settings), 'wheel-not-fitting');
  server.routes['/pkg/'] = jsonPage([entry(native, 'b')]);
  assert.equal((await locate(rig, locked('pkg', '1.0'), settings)).filename, native);
});

test('each page is asked for once', async () => {
  await using rig = await indexRig();
  await using server = await serveIndex({
    '/pkg/': jsonPage([entry(pure, 'a'), entry('pkg-2.0-py3-none-any.whl', 'b')]),
  });
  const context = { finder: rig.finder(await rig.settings({ indexes: [server.url] })), pythonVersion: '3.12.7' };
  await Promise.all(['1.0', '2.0'].map(async (version) => locateWheel(locked('pkg', version), tags, context)));
  assert.equal(server.requests.length, 1);
});

test('offline, what was never asked is an error', async () => {
  await using rig = await indexRig();
  await rejectsWith(locate(rig, locked('pkg', '1.0'), {}, { offline: true }), 'offline', /pypi\.org\/simple\/pkg/);
});

test('a yanked wheel is taken last, with a warning', async () => {
  await using rig = await indexRig();
  await using server = await serveIndex({
    '/pkg/': jsonPage([entry(native, 'a', { yanked: 'is broken' }), entry(pure, 'b')]),
    '/old/': jsonPage([entry('old-1.0-py3-none-any.whl', 'c', { yanked: 'is broken' })]),
  });
  assert.equal((await locate(rig, locked('pkg', '1.0'), { indexes: [server.url] })).filename, pure);
  assert.equal(rig.events.length, 0);
  await locate(rig, locked('old', '1.0'), { indexes: [server.url] });
  const [warning] = rig.events;
  assert(warning?.type === 'warning' && warning.code === 'wheel-yanked');
  assert.equal(warning.message, 'old 1.0 was yanked: is broken');
});

test('a wheel that refuses the Python of the base is passed over, and named when there is no other', async () => {
  await using rig = await indexRig();
  await using server = await serveIndex({
    '/pkg/': jsonPage([
      entry(native, 'a', { 'requires-python': '<3.12' }),
      entry(pure, 'b', { 'requires-python': 'nonsense' }),
    ]),
    '/new/': jsonPage([entry('new-1.0-py3-none-any.whl', 'c', { 'requires-python': '>=3.13' })]),
  });
  assert.equal((await locate(rig, locked('pkg', '1.0'), { indexes: [server.url] })).filename, pure);
  await rejectsWith(
    locate(rig, locked('new', '1.0'), { indexes: [server.url] }),
    'wheel-not-fitting',
    /wants Python >=3\.13, but the base has 3\.12\.7/,
  );
});

test('a hash that the index does not give is learned by fetching, once', async () => {
  await using rig = await indexRig();
  const bytes = Buffer.from('wheel bytes');
  await using server = await serveIndex({
    '/pkg/': htmlPage(`<a href="/f/${pure}">`),
    [`/f/${pure}`]: fileRoute(bytes),
  });
  const settings = { indexes: [server.url] };
  for (const pkg of [locked('pkg', '1.0'), locked('pkg', '1.0', { hashes: [hash('f'), `sha256:${sha256(bytes)}`] })]) {
    const found = await locate(rig, pkg, settings);
    assert.deepEqual([found.sha256, found.sizeBytes], [sha256(bytes), bytes.length]);
  }
  assert.deepEqual(server.requests.filter((request) => request.includes('/f/')).length, 1);
  await rejectsWith(locate(rig, locked('pkg', '1.0', { hashes: [hash('f')] }), settings), 'wheel-hash-mismatch');
});

test('a lock with another algorithm than sha256 is checked by fetching', async () => {
  await using rig = await indexRig();
  const bytes = Buffer.from('wheel bytes');
  const sha512 = (await import('node:crypto')).createHash('sha512').update(bytes).digest('hex');
  await using server = await serveIndex({ [`/${pure}`]: fileRoute(bytes) });
  const pkg = (hashes: string[]) =>
    locked('pkg', '1.0', { wheels: [{ filename: pure, url: `${server.url}/${pure}`, hashes }] });
  assert.equal((await locate(rig, pkg([`sha512:${sha512}`]), {})).sha256, sha256(bytes));
  await rejectsWith(
    locate(rig, pkg([`sha512:${'0'.repeat(128)}`]), {}),
    'wheel-hash-mismatch',
    /Expected sha512:0+, but got/,
  );
  await rejectsWith(locate(rig, pkg(['crc32:00']), {}), 'lock-unsupported');
});

test('of several sha256 for one URL, one must be that of the file', async () => {
  await using rig = await indexRig();
  await using server = await serveIndex({ [`/${pure}`]: fileRoute(Buffer.from('wheel')) });
  const pkg = (hashes: string[]) =>
    locked('pkg', '1.0', {
      wheels: [{ filename: pure, url: `${server.url}/${pure}`, hashes }],
      source: { kind: 'url', url: server.url },
    });
  assert.equal((await locate(rig, pkg([hash('a'), `sha256:${sha256('wheel')}`]), {})).sha256, sha256('wheel'));
  await rejectsWith(locate(rig, pkg([hash('a'), hash('b')]), {}), 'wheel-hash-mismatch', /Expected one of/);
});

test('wheels by URL and by path are taken as they are, and measured where the lock has no hash', async () => {
  await using rig = await indexRig();
  const file = path.join(rig.folder, pure);
  writeFileSync(file, 'local');
  await using server = await serveIndex({ [`/${pure}`]: fileRoute(Buffer.from('remote')) });
  assert.deepEqual(await locate(rig, locked('pkg', '1.0', { source: { kind: 'path', path: file } }), {}), {
    filename: pure,
    url: pathToFileURL(file).href,
    sha256: sha256('local'),
    sizeBytes: 5,
  });
  const byUrl = (url: string) => locked('pkg', '1.0', { source: { kind: 'url', url } });
  assert.equal((await locate(rig, byUrl(`${server.url}/${pure}`), {})).sha256, sha256('remote'));
  assert.deepEqual(
    await locate(rig, byUrl(`https://u:p@far/${pure}#sha256=${'a'.repeat(64)}`), {}, { offline: true }),
    {
      filename: pure,
      url: `https://far/${pure}`,
      sha256: 'a'.repeat(64),
    },
  );
  writeFileSync(file, 'changed');
  assert.equal(
    (await locate(rig, locked('pkg', '1.0', { source: { kind: 'path', path: file } }), {})).sha256,
    sha256('changed'),
  );
  rmSync(file);
  await rejectsWith(locate(rig, locked('pkg', '1.0', { source: { kind: 'path', path: file } }), {}), 'file-unreadable');
});

test('find-links come before the indexes, and a file in them counts only with a locked hash', async () => {
  await using rig = await indexRig();
  await using server = await serveIndex({ '/pkg/': jsonPage([entry(pure, 'a')]) });
  mkdirSync(path.join(rig.folder, 'w'));
  writeFileSync(path.join(rig.folder, 'w', pure), 'local');
  const settings = { indexes: [server.url], env: { PIP_FIND_LINKS: './w' } };
  assert.equal((await locate(rig, locked('pkg', '1.0'), settings)).sha256, sha256('local'));
  assert.equal((await locate(rig, locked('pkg', '1.0', { hashes: [hash('a')] }), settings)).sha256, 'a'.repeat(64));
  const pkg = locked('pkg', '1.0', { hashes: [`sha256:${sha256('local')}`] });
  assert.equal((await locate(rig, pkg, settings, { offline: true })).sha256, sha256('local'));
});

test('a find-links folder that is not there is an error when the manifest names it, else a warning', async () => {
  await using rig = await indexRig();
  await using server = await serveIndex({ '/pkg/': jsonPage([entry(pure, 'a')]) });
  const settings = { indexes: [server.url] };
  await locate(rig, locked('pkg', '1.0'), { ...settings, env: { UV_FIND_LINKS: 'none' } });
  assert.equal(rig.events[0]?.type, 'warning');
  await rejectsWith(
    locate(rig, locked('pkg', '1.0'), { ...settings, findLinks: ['none'] }),
    'index-unreachable',
    /none, a place of find-links/,
  );
});

test('a package that is only source is refused with the command that makes a wheel', async () => {
  await using rig = await indexRig();
  const sdist = {
    filename: 'pkg-1.0.tar.gz',
    url: 'https://f/pkg-1.0.tar.gz',
    hashes: [hash('a')],
    location: { file: 'uv.lock', line: 9, column: 1 },
  };
  const refusal = async (rest: Partial<LockedPackage>) =>
    rejectsWith(locate(rig, locked('pkg', '1.0', rest), {}), 'wheel-sdist-only');
  const error = await refusal({ sdist });
  assert.equal(error.message, 'pkg 1.0 comes only as source, without a wheel');
  assert.match(error.hint ?? '', /pip wheel --no-deps --wheel-dir wheels pkg==1\.0/);
  assert.equal(error.location?.line, 9);
  const git = await refusal({
    source: { kind: 'git', url: 'https://git/x.git?rev=main', commit: 'abc', subdirectory: 'sub' },
  });
  assert.match(git.hint ?? '', /'git\+https:\/\/git\/x\.git@abc#subdirectory=sub'/);
  const folder = await refusal({ source: { kind: 'directory', path: '/src/x', editable: true, virtual: false } });
  assert.match(folder.hint ?? '', /uv build --wheel --out-dir wheels \/src\/x/);
  await refusal({ source: { kind: 'url', url: 'https://h/pkg-1.0.tar.gz' } });
  await refusal({ source: { kind: 'path', path: '/x/pkg-1.0.zip' } });
  await using server = await serveIndex({ '/pkg/': jsonPage([entry('pkg-1.0.tar.gz', 'a')]) });
  await rejectsWith(locate(rig, locked('pkg', '1.0'), { indexes: [server.url] }), 'wheel-sdist-only');
});

test('a wheel that one has built is taken from a find-links folder of the manifest, and of no other place', async () => {
  await using rig = await indexRig();
  mkdirSync(path.join(rig.folder, 'w'));
  writeFileSync(path.join(rig.folder, 'w', pure), 'built');
  const sdist = { filename: 'pkg-1.0.tar.gz', hashes: [hash('a')] };
  const wheels = [{ filename: 'pkg-1.0-cp312-cp312-win_amd64.whl', hashes: [hash('b')] }];
  for (const rest of [{ sdist }, { wheels }, { source: { kind: 'git', url: 'https://g', commit: 'c' } as const }]) {
    const pkg = locked('pkg', '1.0', rest);
    assert.equal((await locate(rig, pkg, { findLinks: ['w'] }, { offline: true })).sha256, sha256('built'));
    assert.match(
      (
        await rejectsWith(
          locate(rig, pkg, { env: { PIP_FIND_LINKS: 'w' } }),
          wheels === rest.wheels ? 'wheel-not-fitting' : 'wheel-sdist-only',
        )
      ).message,
      /pkg 1\.0/,
    );
  }
  await rejectsWith(locate(rig, locked('pkg', '1.1', { sdist }), { findLinks: ['w'] }), 'wheel-sdist-only');
});

test('wheels that do not fit are named, with what the base takes and the nearest base that would do', async () => {
  await using rig = await indexRig();
  const refusal = async (...names: string[]) => {
    const wheels = names.map((name) => ({ filename: `pkg-1.0-${name}.whl`, hashes: [hash('a')] }));
    return rejectsWith(locate(rig, locked('pkg', '1.0', { wheels }), {}), 'wheel-not-fitting');
  };
  const error = await refusal(
    'cp39-cp39-manylinux2014_x86_64',
    'cp310-cp310-manylinux_2_17_x86_64.manylinux2014_x86_64',
    'cp312-cp312-win32',
  );
  assert.equal(
    error.message,
    'pkg 1.0 has no wheel that fits the base: it has cp39-cp39-manylinux2014_x86_64, cp310-cp310-manylinux_2_17_x86_64.manylinux2014_x86_64, cp312-cp312-win32; the base takes cp312-cp312-manylinux_2_36_x86_64 and what is compatible with it',
  );
  assert.equal(error.hint, 'It has wheels for Python 3.9, 3.10: take a base such as python:3.10-slim.');
  assert.match((await refusal('cp312-cp312-win32')).hint ?? '', /Choose another base/);
  assert.match(
    (await refusal(...Array.from({ length: 9 }, (_, n) => `cp${n + 20}-cp2-win32`))).message,
    / and 3 more;/,
  );
});

test('when no file has a locked hash, the lock is to blame', async () => {
  await using rig = await indexRig();
  await using server = await serveIndex({ '/pkg/': jsonPage([entry(pure, 'a')]) });
  const error = await rejectsWith(
    locate(rig, locked('pkg', '1.0', { hashes: [hash('b')] }), { indexes: [server.url] }),
    'wheel-hash-mismatch',
    /has a hash that is locked/,
  );
  assert(error.message.includes(server.url));
});

test('with no-index there is no index to ask', async () => {
  await using rig = await indexRig();
  await rejectsWith(
    locate(rig, locked('pkg', '1.0'), { env: { PIP_NO_INDEX: '1' } }),
    'package-not-found',
    /There is no index to ask/,
  );
});
