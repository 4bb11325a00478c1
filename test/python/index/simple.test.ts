import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { PycontainerError } from '../../../src/errors.ts';
import { parsePage } from '../../../src/python/index/simple.ts';

const url = 'https://index/simple/pkg/';
const hash = 'a'.repeat(64);
const json = (files: unknown, meta: object = { 'api-version': '1.0' }) =>
  parsePage({ url, type: 'application/vnd.pypi.simple.v1+json', text: JSON.stringify({ meta, files }) });
const html = (text: string, at = url) => parsePage({ url: at, type: 'text/html; charset=UTF-8', text });

test('everything that JSON says of a file is taken', () => {
  assert.deepEqual(
    json([
      {
        filename: 'pkg-1.0-py3-none-any.whl',
        url: '../../files/pkg-1.0-py3-none-any.whl',
        hashes: { sha256: hash.toUpperCase(), md5: 'b'.repeat(32), odd: 'x' },
        'requires-python': '>=3.8',
        yanked: 'broken',
        size: 12,
        'core-metadata': { sha256: hash },
        'upload-time': '2024-01-01T00:00:00Z',
      },
    ]),
    [
      {
        filename: 'pkg-1.0-py3-none-any.whl',
        url: 'https://index/files/pkg-1.0-py3-none-any.whl',
        hashes: [`sha256:${hash}`, `md5:${'b'.repeat(32)}`],
        requiresPython: '>=3.8',
        yanked: 'broken',
        sizeBytes: 12,
        coreMetadata: true,
        uploadTime: '2024-01-01T00:00:00Z',
      },
    ],
  );
});

test('yanked is a reason, a bare yes, or no', () => {
  const yanked = (value: unknown) => json([{ filename: 'a.whl', url: 'a.whl', hashes: {}, yanked: value }])[0]?.yanked;
  assert.deepEqual([true, 'why', false, undefined].map(yanked), ['', 'why', undefined, undefined]);
});

test('entries of JSON that cannot be used are passed over', () => {
  const odd = [
    null,
    1,
    [],
    {},
    { filename: 'a.whl' },
    { filename: '../a.whl', url: 'x' },
    { filename: 'a.whl', url: 7 },
  ];
  assert.deepEqual(json([...odd, { filename: 'a.whl', url: 'x', hashes: [], size: -1, 'requires-python': null }]), [
    { filename: 'a.whl', url: `${url}x`, hashes: [] },
  ]);
});

test('links of HTML are read with base, entities, hashes and what PEP 503, 592, 658 and 714 add', () => {
  const files = html(`<html><head><base href="https://cdn/x/"><meta name="pypi:repository-version" content="1.3"></head>
    <a href="pkg-1.0%2Bcpu-py3-none-any.whl#sha256=${hash}" data-requires-python="&gt;=3.8, &lt;4" data-yanked="bad &amp; ugly">any text</a>
    <a href="/pkg-2.tar.gz" data-yanked data-core-metadata="sha256=${hash}">x</a>
    <a href="?pkg-3.zip">no file</a><a href="../">up</a><a name="x">no link</a><a href="mailto:x@y.zip">m</a>
    <a href="pkg&#45;4.whl&#35;egg=pkg&amp;md5=${'b'.repeat(32)}" data-dist-info-metadata="false">`);
  assert.deepEqual(files, [
    {
      filename: 'pkg-1.0+cpu-py3-none-any.whl',
      url: 'https://cdn/x/pkg-1.0%2Bcpu-py3-none-any.whl',
      hashes: [`sha256:${hash}`],
      requiresPython: '>=3.8, <4',
      yanked: 'bad & ugly',
    },
    { filename: 'pkg-2.tar.gz', url: 'https://cdn/pkg-2.tar.gz', hashes: [], yanked: '', coreMetadata: true },
    { filename: 'pkg-4.whl', url: 'https://cdn/x/pkg-4.whl', hashes: [`md5:${'b'.repeat(32)}`] },
  ]);
});

test('a page from the network cannot name files of this machine, or other schemes', () => {
  const hostile = '<a href="file:///etc/pkg-1.whl"><a href="data:x/pkg-1.whl"><a href="javascript:pkg-1.whl">';
  assert.deepEqual(html(hostile), []);
  assert.deepEqual(html(`<base href="file:///etc/">${hostile}<a href="pkg-1.whl">`), []);
  assert.deepEqual(json([{ filename: 'a.whl', url: 'file:///a.whl', hashes: {} }]), []);
  assert.equal(html('<a href="pkg-1.whl">', 'file:///simple/pkg/index.html')[0]?.url, 'file:///simple/pkg/pkg-1.whl');
});

test('what is no page of the simple API is an error that names the page and the answer', () => {
  const fails = (page: () => unknown, message: RegExp) =>
    assert.throws(page, (error) => {
      assert(error instanceof PycontainerError && error.code === 'index-unreachable');
      assert.match(error.message, message);
      return true;
    });
  fails(
    () => parsePage({ url, type: 'text/plain', text: '' }),
    /^https:\/\/index\/simple\/pkg\/ answered with text\/plain/,
  );
  fails(() => parsePage({ url, type: '', text: '' }), /without a Content-Type/);
  fails(() => parsePage({ url, type: 'application/json', text: '{' }), /JSON that cannot be read/);
  fails(() => parsePage({ url, type: 'application/json', text: '[]' }), /no list of files/);
  fails(() => json([], { 'api-version': '2.0' }), /version 2\.0 of the simple API/);
  fails(() => html('<meta name="pypi:repository-version" content="10.0">'), /version 10\.0/);
});

test('any JSON gives files or an error of ours', () => {
  const key = fc.constantFrom('filename', 'url', 'hashes', 'size', 'yanked', 'requires-python', 'core-metadata');
  const entry = fc.dictionary(key, fc.oneof(fc.string(), fc.jsonValue()));
  fc.assert(
    fc.property(fc.array(entry), (files) => {
      for (const file of json(files)) assert(!file.filename.includes('/'));
    }),
    { numRuns: 200 },
  );
});
