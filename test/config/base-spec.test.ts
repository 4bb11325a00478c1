import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseBase } from '../../src/config/base-spec.ts';
import { PycontainerError } from '../../src/errors.ts';

test('each word of a base is understood', () => {
  assert.deepEqual(parseBase('scratch'), { kind: 'scratch' });
  assert.deepEqual(parseBase('oci:./layout'), { kind: 'oci', path: './layout' });
  assert.deepEqual(parseBase('oci:/a/layout:3.12'), { kind: 'oci', path: '/a/layout', tag: '3.12' });
  assert.deepEqual(parseBase('oci-archive:base.tar'), { kind: 'oci-archive', path: 'base.tar' });
  assert.deepEqual(parseBase('docker-archive:b.tar:acme/base:1'), {
    kind: 'docker-archive',
    path: 'b.tar',
    tag: 'acme/base:1',
  });
  assert.deepEqual(parseBase('rootfs:/srv/a:b'), { kind: 'rootfs', path: '/srv/a:b' });
  assert.deepEqual(parseBase('engine:python:3.12'), { kind: 'engine', name: 'python:3.12' });
  assert.deepEqual(parseBase('target:api'), { kind: 'target', name: 'api' });
});

test('everything else is a registry reference', () => {
  assert.deepEqual(parseBase('python:3.12-slim'), {
    kind: 'registry',
    reference: { host: 'docker.io', repository: 'library/python', tag: '3.12-slim' },
  });
  assert.equal(parseBase('localhost:5000/scratch').kind, 'registry');
});

test('a word without what belongs to it is refused', () => {
  for (const text of ['oci:', 'oci::tag', 'oci:dir:', 'rootfs:', 'engine:', 'target:']) {
    assert.throws(
      () => parseBase(text),
      (error) => error instanceof PycontainerError && error.code === 'manifest-invalid',
      text,
    );
  }
});
