import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { temporaryFolder } from '../support/daemon.ts';
import { type DockerRegistry, startDockerRegistry } from '../support/docker-registry.ts';
import { partsMissing } from '../support/real-parts.ts';
import { Rig } from '../support/rig.ts';
import { Terminal } from '../support/terminal.ts';

const run = promisify(execFile);
const skip = partsMissing('docker-registry', 'skopeo', 'htpasswd');
const password = 'pass:word "quoted"';
let registry: DockerRegistry;
let folder: string;

before(async () => {
  if (skip !== false) return;
  folder = temporaryFolder('login');
  const file = path.join(folder, 'htpasswd');
  writeFileSync(file, execFileSync('htpasswd', ['-Bbn', 'maya', password]));
  registry = await startDockerRegistry({ auth: { htpasswd: { realm: 'test', path: file } } });
});
after(async () => {
  if (skip !== false) return;
  await registry[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const stored = (rig: Rig): string => path.join(rig.root, 'home/.docker/config.json');

/** Whether skopeo comes in with what is stored: there is nothing to list inside, which it says. */
async function isLetIn(rig: Rig): Promise<boolean> {
  const args = ['list-tags', '--tls-verify=false', '--authfile', stored(rig), `docker://${registry.host}/none`];
  const message = await run('skopeo', args).then(
    () => '',
    (error: Error) => error.message,
  );
  assert.match(message, /404|unauthorized|authentication required/);
  return message.includes('404');
}

test('skopeo is let in by a login of ours, and no more after a logout', { skip }, async () => {
  await using rig = new Rig();
  const file = path.join(rig.root, 'password');
  writeFileSync(file, `${password}\n`);
  const through = ['/bin/sh', '-c', `exec "$@" < '${file}'`, 'sh'];
  await rig.ok(['login', registry.host, '--username', 'maya', '--password-stdin'], { through });
  assert.equal(await isLetIn(rig), true);
  await rig.ok(['logout', registry.host]);
  assert.equal(await isLetIn(rig), false);
});

test('a login of skopeo is forgotten by our logout', { skip }, async () => {
  await using rig = new Rig();
  const args = ['--tls-verify=false', '--authfile', stored(rig), '-u', 'maya', '-p', password, registry.host];
  mkdirSync(path.dirname(stored(rig)));
  await run('skopeo', ['login', ...args]);
  assert.equal(await isLetIn(rig), true);
  assert.match((await rig.ok(['logout', registry.host])).stdout, /^logged out of/);
  assert.deepEqual(JSON.parse(readFileSync(stored(rig), 'utf8')), { auths: {} });
});

test('a wrong password is refused and not kept', { skip }, async () => {
  await using rig = new Rig();
  const through = ['/bin/sh', '-c', 'echo wrong | "$@"', 'sh'];
  const { status, stderr } = await rig.run(['login', registry.host, '-u', 'maya', '--password-stdin'], { through });
  assert.equal(status, 1);
  assert.match(stderr, /^error\[registry-unauthorized\]/);
  assert.throws(() => readFileSync(stored(rig)), { code: 'ENOENT' });
});

const onTerminal = { skip: skip || partsMissing('tmux') };

test('on a terminal name and password are asked for, and the password is not shown', onTerminal, async () => {
  await using rig = new Rig();
  using terminal = new Terminal(rig, ['login', registry.host], { columns: 100, rows: 20 });
  await terminal.see(/User name for 127\.0\.0\.1:\d+:/);
  terminal.press('maya');
  await terminal.see(/: maya$/m);
  terminal.press('Enter');
  await terminal.see(/Password or access token of maya:/);
  for (const key of ['x', 'BSpace', password, 'Enter']) terminal.press(key);
  assert.equal(await terminal.ended(), 0);
  assert.match(terminal.text(), /logged in to 127\.0\.0\.1:\d+ as maya/);
  assert.doesNotMatch(terminal.text(), /pass:word|\*\*/);
  assert.equal(await isLetIn(rig), true);
});

test('Ctrl-C and Ctrl-D at a question leave all as it was', onTerminal, async () => {
  for (const key of ['C-c', 'C-d']) {
    await using rig = new Rig();
    using terminal = new Terminal(rig, ['login', '-u', 'maya', registry.host], { columns: 100, rows: 20 });
    await terminal.see(/Password or access token of maya:/);
    terminal.press(key);
    assert.equal(await terminal.ended(), 130);
    assert.match(terminal.text(), /Stopped; nothing was changed/);
    assert.doesNotMatch(terminal.text(), /^ +at /m);
    assert.throws(() => readFileSync(stored(rig)), { code: 'ENOENT' });
  }
});
