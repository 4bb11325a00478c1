import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveUser } from '../../src/app/user.ts';
import { PycontainerError } from '../../src/errors.ts';
import type { Entry } from '../../src/layer/entry.ts';

const facts = {
  passwd: 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/x',
  group: 'root:x:0:\nnogroup:x:65534:\nstaff:x:50:\n',
};

function texts(entries: readonly Entry[]): Record<string, string> {
  return Object.fromEntries(
    entries.flatMap((entry) =>
      entry.type === 'file' && entry.content.kind === 'bytes'
        ? [[entry.path, Buffer.from(entry.content.bytes).toString()]]
        : [],
    ),
  );
}

test('numbers are taken as they are and add nothing', () => {
  assert.deepEqual(resolveUser({ uid: 1000, gid: 1001 }, facts), { config: '1000:1001', entries: [] });
});

test('a name with numbers is added to passwd and group, behind a last line without an end', () => {
  const { config, entries } = resolveUser({ name: 'app', uid: 1000, gid: 1000 }, facts);
  assert.equal(config, '1000:1000');
  assert.deepEqual(texts(entries), {
    'etc/passwd': `${facts.passwd}\napp:x:1000:1000::/:/sbin/nologin\n`,
    'etc/group': `${facts.group}app:x:1000:\n`,
  });
});

test('a group that the base has under its number is not added again', () => {
  assert.deepEqual(Object.keys(texts(resolveUser({ name: 'app', uid: 1000, gid: 50 }, facts).entries)), ['etc/passwd']);
});

test('a base without passwd and group gets both', () => {
  assert.deepEqual(texts(resolveUser({ name: 'app', uid: 1, gid: 1 }, {}).entries), {
    'etc/passwd': 'app:x:1:1::/:/sbin/nologin\n',
    'etc/group': 'app:x:1:\n',
  });
});

test('a name alone is looked up in the base, with the group of its own or one that is named', () => {
  assert.equal(resolveUser({ lookup: { user: 'nobody' } }, facts).config, '65534:65534');
  assert.equal(resolveUser({ lookup: { user: 'nobody', group: 'staff' } }, facts).config, '65534:50');
  assert.equal(resolveUser({ lookup: { user: 65534 } }, facts).config, '65534:65534');
  assert.equal(resolveUser({ lookup: { user: 1234 } }, facts).config, '1234:0');
});

test('a name that the base lacks, or has with other numbers, is refused', () => {
  const refused = (error: unknown): boolean => error instanceof PycontainerError && error.code === 'user-unknown';
  assert.throws(() => resolveUser({ lookup: { user: 'app' } }, facts), refused);
  assert.throws(() => resolveUser({ lookup: { user: 'nobody', group: 'web' } }, facts), refused);
  assert.throws(() => resolveUser({ name: 'nobody', uid: 1, gid: 1 }, facts), refused);
});
