import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPipfileLock } from '../../../src/python/lock/pipfile.ts';
import type { Lock } from '../../../src/python/lock/lock.ts';
import { linux, listed, request } from './support.ts';

const standard = {
  _meta: {
    'pipfile-spec': 6,
    requires: { python_version: '3.12' },
    sources: [
      { name: 'pypi', url: 'https://pypi.org/simple', verify_ssl: true },
      { name: 'own', url: 'https://${USER}@own.example/simple', verify_ssl: true },
    ],
  },
  default: {
    Django: { hashes: ['sha256:aa', 'sha256:bb'], index: 'own', version: '==5.1' },
    asgiref: { hashes: ['sha256:cc'], markers: "python_version >= '3.8'", version: '==3.8.1' },
    tzdata: { markers: "sys_platform == 'win32'", version: '==2025.1' },
    shop: { editable: true, path: '.' },
    lib: { git: 'https://h/lib.git', ref: 'abc' },
  },
  develop: { pytest: { index: 'pypi', version: '==8.0' }, asgiref: { version: '==3.8.1' } },
  docs: { asgiref: { version: '==3.0' } },
};

function lock(value: unknown = standard): Lock {
  return readPipfileLock(JSON.stringify(value, undefined, 4), '/project/shop/Pipfile.lock', 'Pipfile.lock', {
    USER: 'me',
  });
}

test('the default packages are selected, with hashes, indexes and lines', () => {
  const read = lock();
  const selection = read.select(request());
  assert.deepEqual(listed(selection), ['asgiref 3.8.1', 'django 5.1', 'lib -', 'shop -']);
  const [asgiref, django, lib, shop] = selection.packages;
  assert.deepEqual(django?.hashes, ['sha256:aa', 'sha256:bb']);
  assert.deepEqual(django?.source, { kind: 'index', url: 'https://me@own.example/simple' });
  assert.equal(django?.requested, true);
  assert.equal(asgiref?.requested, false);
  assert.equal(django?.location.text?.trim(), '"Django": {');
  assert.deepEqual(lib?.source, { kind: 'git', url: 'https://h/lib.git', commit: 'abc' });
  assert.deepEqual(shop?.source, { kind: 'directory', path: '/project/shop', editable: true, virtual: false });
  assert.deepEqual(read.indexes.extraIndexUrls, ['https://me@own.example/simple']);
  assert.equal(read.indexes.indexUrl, 'https://pypi.org/simple');
});

test('categories are groups, and dev means develop', () => {
  assert.ok(listed(lock().select(request({ groups: ['dev'] }))).includes('pytest 8.0'));
  assert.throws(() => lock().select(request({ groups: ['nope'] })), { code: 'group-unknown' });
  assert.throws(() => lock().select(request({ extras: ['nope'] })), { code: 'extra-unknown' });
});

test('categories with different versions exclude each other', () => {
  assert.throws(() => lock().select(request({ groups: ['docs'] })), { code: 'dependency-conflict' });
});

test('another Python is a warning, as with Pipenv', () => {
  assert.deepEqual(lock().select(request()).warnings, []);
  const [warning] = lock().select(request({ environment: linux('3.11.2') })).warnings;
  assert.equal(warning?.message, 'Pipfile.lock was made for Python 3.12, and the base has Python 3.11.2');
});

test('what is not pinned, not JSON or of another specification is refused', () => {
  assert.throws(() => lock({ ...standard, default: { a: { version: '*' } } }), { code: 'lock-unpinned' });
  assert.throws(() => lock({ ...standard, default: { a: { version: '==1.*' } } }), { code: 'lock-unpinned' });
  assert.throws(() => lock({ _meta: { 'pipfile-spec': 5 } }), { code: 'lock-unsupported' });
  assert.throws(() => readPipfileLock('{"a": [1,\n', '/Pipfile.lock', 'Pipfile.lock', {}), { code: 'lock-syntax' });
  assert.throws(() => readPipfileLock('[]', '/Pipfile.lock', 'Pipfile.lock', {}), { code: 'lock-syntax' });
});

test('packages named like object properties are packages', () => {
  const text =
    '{"_meta": {"pipfile-spec": 6}, "default": {"__proto__": {"version": "==1"}, "constructor": {"version": "==2"}}}';
  const read = readPipfileLock(text, '/Pipfile.lock', 'Pipfile.lock', {});
  assert.deepEqual(listed(read.select(request())), ['-proto- 1', 'constructor 2']);
});
