import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isName, isNormalizedName, normalizeName } from '../../src/python/name.ts';

test('names that mean the same come to one form', () => {
  for (const name of ['Foo.Bar', 'foo_bar', 'FOO--bar', 'foo-._bar']) assert.equal(normalizeName(name), 'foo-bar');
});

test('a name starts and ends with a letter or digit of ASCII', () => {
  for (const name of ['a', 'A1', 'zope.interface', 'a__b', '2to3']) assert.ok(isName(name), name);
  for (const name of ['', '-a', 'a-', 'a b', 'é', 'a/b', 'a\n']) assert.ok(!isName(name), name);
  assert.ok(isNormalizedName('foo-bar') && !isNormalizedName('Foo-bar') && !isNormalizedName('-foo'));
});
