import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { type Ended, Rig } from '../support/rig.ts';
import { serve, type TestServer } from '../support/server.ts';

const right = `Basic ${Buffer.from('maya:secret').toString('base64')}`;

/** Asks for a name and a password at its door. */
async function guarded(): Promise<TestServer> {
  return serve((request, response) => {
    const status = request.headers.authorization === right ? 200 : 401;
    response.writeHead(status, { 'www-authenticate': 'Basic realm="x"' }).end();
  });
}

const stored = (rig: Rig): string => path.join(rig.root, 'home/.docker/config.json');

/** With the password in a pipe. */
async function login(rig: Rig, args: readonly string[], password: string): Promise<Ended> {
  const file = path.join(rig.root, 'password');
  writeFileSync(file, password);
  return rig.run(['login', ...args], { through: ['/bin/sh', '-c', `exec "$@" < '${file}'`, 'sh'] });
}

test('a login is checked, kept, and forgotten', async () => {
  await using registry = await guarded();
  await using rig = new Rig();
  const { status, stdout, stderr } = await login(rig, [registry.host, '-u', 'maya', '--password-stdin'], 'secret\n');
  const keeper = `${stored(rig)} has the password, not encrypted`;
  assert.deepEqual([status, stdout, stderr], [0, `logged in to ${registry.host} as maya; ${keeper}\n`, '']);
  assert.deepEqual(JSON.parse(readFileSync(stored(rig), 'utf8')), {
    auths: { [registry.host]: { auth: Buffer.from('maya:secret').toString('base64') } },
  });
  assert.equal((await rig.ok(['logout', registry.host])).stdout, `logged out of ${registry.host}\n`);
  assert.deepEqual(JSON.parse(readFileSync(stored(rig), 'utf8')), { auths: {} });
  assert.equal((await rig.ok(['logout', registry.host])).stdout, `there was no login for ${registry.host}\n`);
});

test('a login that the registry refuses is not kept, and not shown', async () => {
  await using registry = await guarded();
  await using rig = new Rig();
  const { status, stdout, stderr } = await login(rig, [registry.host, '-u', 'maya', '--password-stdin'], 'hunter2');
  assert.deepEqual([status, stdout], [1, '']);
  assert.match(stderr, /^error\[registry-unauthorized\]: 127\.0\.0\.1:\d+ does not accept this password of maya\n/);
  assert.doesNotMatch(stderr, /hunter2/);
  assert.equal(existsSync(stored(rig)), false);
});

const refused: readonly (readonly [string, readonly string[], string, RegExp])[] = [
  ['a password on the command line', ['-u', 'maya', '--password', 'hunter2'], '', /--password-stdin < FILE/],
  ['the same in short', ['-u', 'maya', '-p', 'hunter2'], '', /--password-stdin < FILE/],
  ['a password without a name', ['--password-stdin'], 'hunter2', /wants --username beside it/],
  ['no terminal to ask on', ['-u', 'maya'], 'hunter2', /no terminal to ask for the password/],
  ['an empty password', ['-u', 'maya', '--password-stdin'], '\n', /password is empty/],
  ['a password of several lines', ['-u', 'maya', '--password-stdin'], 'hunter2\nx\n', /several lines/],
  ['a name with its password', ['-u', 'maya:hunter2', '--password-stdin'], 'x', /no colon/],
];

for (const [what, args, input, says] of refused) {
  test(`${what} is refused before anything is asked`, async () => {
    await using registry = await guarded();
    await using rig = new Rig();
    const { status, stdout, stderr } = await login(rig, [registry.host, ...args], input);
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(stderr, /^error\[usage\]/);
    assert.match(stderr, says);
    assert.doesNotMatch(stderr, /hunter2/);
    assert.deepEqual(registry.requests, []);
  });
}

test('a place that comes before the kept login is named', async () => {
  await using registry = await guarded();
  await using rig = new Rig();
  const prefix = `PYCONTAINER_AUTH_${registry.host.replaceAll(/[.:]/g, '_')}`;
  Object.assign(rig.env, { [`${prefix}_USERNAME`]: 'other', [`${prefix}_PASSWORD`]: 'another-secret' });
  const { status, stderr } = await login(rig, [registry.host, '-u', 'maya', '--password-stdin'], 'secret');
  assert.equal(status, 0);
  assert.match(stderr, new RegExp(`^warning\\[login-elsewhere\\].*${prefix}_PASSWORD comes before it`));
  const after = await rig.ok(['logout', registry.host]);
  assert.match(after.stderr, new RegExp(`${prefix}_PASSWORD still has a login`));
  assert.doesNotMatch(stderr + after.stderr, /secret/);
});

test('a registry that asks for no login is kept one for, with a warning', async () => {
  await using registry = await serve((_, response) => void response.writeHead(200).end('{}'));
  await using rig = new Rig();
  const { status, stderr } = await login(rig, [registry.host, '-u', 'maya', '--password-stdin'], 'secret');
  assert.equal(status, 0);
  assert.match(stderr, /^warning\[login-unchecked\]: .* was not checked$/m);
  assert.equal(existsSync(stored(rig)), true);
});
