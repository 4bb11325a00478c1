import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { Credentials } from '../../../src/python/index/credentials.ts';
import { splitLogin } from '../../../src/python/index/address.ts';
import { commandKeyring } from '../../../src/python/index/keyring.ts';

const basic = (user: string, password: string) => `Basic ${btoa(`${user}:${password}`)}`;

function credentials(indexes: string[], sources: ConstructorParameters<typeof Credentials>[0] = {}): Credentials {
  const made = new Credentials(sources);
  for (const index of indexes) made.addIndex(splitLogin(index));
  return made;
}

test('a login goes to its own origin and nowhere else', async () => {
  const made = credentials(['https://u:p@host/simple']);
  assert.equal(await made.header('https://host/files/x.whl'), basic('u', 'p'));
  for (const url of [
    'http://host/',
    'https://host:8443/',
    'https://sub.host/',
    'https://host.evil/',
    'https://evil/host/',
  ]) {
    assert.equal(await made.header(url), undefined, url);
  }
});

test('of two indexes on one host, the one whose path has more in common logs in', async () => {
  const made = credentials(['https://a:1@git/p/1/simple', 'https://b:2@git/p/2/simple', 'https://git/p/3/simple']);
  assert.equal(await made.header('https://git/p/2/files/x.whl'), basic('b', '2'));
  assert.equal(await made.header('https://git/p/1/simple/x/'), basic('a', '1'));
  assert.equal(await made.header('https://git/other'), basic('a', '1'));
});

test('the login of one file counts for that file alone', async () => {
  const made = credentials([]);
  assert.equal(made.addFile('https://u:p@host/a.whl'), 'https://host/a.whl');
  assert.equal(await made.header('https://host/a.whl'), basic('u', 'p'));
  assert.equal(await made.header('https://host/b.whl'), undefined);
});

test('netrc counts by host, behind the login of a URL, and gives the password of a user', async () => {
  const netrc = new Map([['host', { user: 'n', password: 'q' }]]);
  assert.equal(await credentials([], { netrc }).header('https://host:1/x'), basic('n', 'q'));
  assert.equal(await credentials(['https://u:p@host/'], { netrc }).header('https://host/x'), basic('u', 'p'));
  assert.equal(await credentials(['https://n@host/'], { netrc }).header('https://host/x'), basic('n', 'q'));
  assert.equal(await credentials(['https://u@host/'], { netrc }).header('https://host/x'), basic('u', ''));
});

test('the keyring is asked at once for a user without a password, for the index and then for its host', async () => {
  const asked: string[][] = [];
  const keyring = commandKeyring({}, async (command, args) => {
    asked.push([command, ...args]);
    return args[1] === 'host' ? 'secret\n' : undefined;
  });
  const made = credentials(['https://me@host/simple'], { keyring });
  assert.equal(await made.header('https://host/simple/x/'), basic('me', 'secret'));
  await made.header('https://host/simple/y/');
  assert.deepEqual(asked, [
    ['keyring', 'get', 'https://host/simple', 'me'],
    ['keyring', 'get', 'host', 'me'],
  ]);
});

test('without a user the keyring is asked only after a refusal, for user and password together', async () => {
  const asked: string[] = [];
  const keyring = commandKeyring({}, async (_command, args) => {
    asked.push(args.join(' '));
    return 'me\nsecret\n';
  });
  const made = credentials(['https://host/simple'], { keyring });
  assert.equal(await made.header('https://host/simple/x/'), undefined);
  assert.deepEqual(asked, []);
  assert.equal(await made.headerAfterRefusal('https://host/f', undefined), basic('me', 'secret'));
  assert.deepEqual(asked, ['--mode creds get https://host/simple']);
  assert.equal(await made.headerAfterRefusal('https://host/f', basic('me', 'secret')), undefined);
});

test('a user that looks like an option never reaches the command line', async () => {
  const keyring = commandKeyring({}, async () => assert.fail('was run'));
  assert.equal(await keyring.get('https://host', '--help'), undefined);
});

test('the real command is run with what is on PATH; none there is no login', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'pycontainer-keyring-'));
  try {
    assert.equal(await commandKeyring({ PATH: folder }).get('https://host', 'me'), undefined);
    writeFileSync(path.join(folder, 'keyring'), '#!/bin/sh\n[ "$1" = get ] && echo "$2 for $3"\n');
    chmodSync(path.join(folder, 'keyring'), 0o755);
    assert.deepEqual(await commandKeyring({ PATH: folder }).get('https://host', 'me'), {
      user: 'me',
      password: 'https://host for me',
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
