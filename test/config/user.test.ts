import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOwner, parseUser } from '../../src/config/user.ts';

test('two numbers are a user; everything else is completed by the base', () => {
  assert.deepEqual(parseUser('1000:1001'), { uid: 1000, gid: 1001 });
  assert.deepEqual(parseUser('1000'), { lookup: { user: 1000 } });
  assert.deepEqual(parseUser('nobody'), { lookup: { user: 'nobody' } });
  assert.deepEqual(parseUser('nobody:nogroup'), { lookup: { user: 'nobody', group: 'nogroup' } });
  assert.deepEqual(parseUser('nobody:65534'), { lookup: { user: 'nobody', group: 65_534 } });
  assert.deepEqual(parseUser('1000:users'), { lookup: { user: 1000, group: 'users' } });
});

test('other texts are no users', () => {
  for (const text of ['', ':', '1000:', ':1000', '1:2:3', '-1', '4294967295', 'a b', 'a\nb', 'root,x', '1.5']) {
    assert.equal(parseUser(text), undefined, text);
  }
});

test('an owner is numbers; one number is the group’s too', () => {
  assert.deepEqual(parseOwner('1000:50'), { uid: 1000, gid: 50 });
  assert.deepEqual(parseOwner('1000'), { uid: 1000, gid: 1000 });
  for (const text of ['', 'nobody', '1:', '1:2:3', '-1']) assert.equal(parseOwner(text), undefined, text);
});
