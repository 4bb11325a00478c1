import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PycontainerError } from '../../../src/errors.ts';
import {
  filenameOf,
  indexKey,
  isFilename,
  localPath,
  parseAddress,
  projectUrl,
  splitLogin,
} from '../../../src/python/index/address.ts';

test('user info is split from a URL and decoded', () => {
  assert.deepEqual(splitLogin('https://a%40b:p%3Aw%25@host:8443/simple?x=1'), {
    url: 'https://host:8443/simple?x=1',
    login: { user: 'a@b', password: 'p:w%' },
  });
  assert.deepEqual(splitLogin('https://token@host/'), { url: 'https://host/', login: { user: 'token' } });
  assert.deepEqual(splitLogin('https://host/'), { url: 'https://host/' });
});

test('a broken percent escape in user info is taken as it stands', () => {
  assert.deepEqual(splitLogin('https://me:50%@host/').login, { user: 'me', password: '50%' });
});

test('paths become file URLs, relative to a folder or to the home folder', () => {
  assert.equal(parseAddress('./my wheels', '/project').url, 'file:///project/my%20wheels');
  assert.equal(parseAddress('/a', '/project').url, 'file:///a');
  assert.equal(parseAddress('~/w', '/project', '/home/me').url, 'file:///home/me/w');
  assert.equal(parseAddress('~other', '/project', '/home/me').url, 'file:///project/%7Eother');
});

test('another kind of URL is refused without its password', () => {
  for (const text of ['git+https://me:secret@host/x', 'ftp://me:secret@host', 'https://me:secret@:80:90/']) {
    assert.throws(
      () => parseAddress(text, '/'),
      (error) =>
        error instanceof PycontainerError && error.code === 'index-settings' && !error.message.includes('secret'),
    );
  }
});

test('a name that could be a path is no file name', () => {
  for (const name of ['', '.', '..', 'a/b', 'a\\b', 'a\0', 'a\n']) assert.equal(isFilename(name), false, name);
  assert.equal(isFilename('a-1.0+l.1-py3-none-any.whl'), true);
  assert.equal(filenameOf('https://h/x/a%2B1.whl?q#f'), 'a+1.whl');
  assert.equal(filenameOf('https://h/x/..%2Fevil.whl'), undefined);
});

test('indexes are compared without slashes at their end, user info and the case of the host', () => {
  assert.equal(indexKey('https://u:p@PyPI.org/simple//'), indexKey('https://pypi.org:443/simple#x'));
  assert.notEqual(indexKey('https://pypi.org/simple'), indexKey('http://pypi.org/simple'));
});

test('the page of a project stands below the path and before the query', () => {
  assert.equal(projectUrl('https://h/simple', 'a-b'), 'https://h/simple/a-b/');
  assert.equal(projectUrl('https://h/simple/?t=1#f', 'a'), 'https://h/simple/a/?t=1');
});

test('a file URL of another machine names no path', () => {
  assert.equal(localPath('file:///a%20b'), '/a b');
  assert.equal(localPath('file://nas/share'), undefined);
  assert.equal(localPath('file:///a%2Fb'), undefined);
  assert.equal(localPath('https://h/a'), undefined);
});
