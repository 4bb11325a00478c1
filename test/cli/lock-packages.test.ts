import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { official } from '../base/systems.ts';
import { Rig, type RigFiles } from '../support/rig.ts';
import { pipMissing, Tools } from '../support/tools.ts';
import { addWheels, manifest, smallWheel, writeBase } from './project.ts';

/** A project that no lock pins, on a machine with no tools but those that are added. */
async function project(files: RigFiles): Promise<{ rig: Rig; tools: Tools }> {
  const rig = new Rig({ 'pycontainer.yaml': manifest, 'main.py': 'print("hello")\n', ...files });
  await writeBase(rig, official);
  addWheels(rig, smallWheel);
  const tools = new Tools(path.join(rig.root, 'bin'));
  Object.assign(rig.env, { PATH: tools.folder });
  return { rig, tools };
}

const pylock = 'pylock.web.toml';

test('lock --check, lock and up --locked, one after the other', { skip: pipMissing }, async () => {
  const { rig, tools } = await project({ 'requirements.in': 'small\n' });
  await using _ = rig;
  tools.addPython();
  const before = await rig.run(['lock', '--check']);
  assert.equal(before.stdout, `pycontainer.lock is up to date\n${pylock} is out of date\n`);
  assert.equal(before.status, 1);
  assert.equal((await rig.ok(['lock'])).stdout, `pycontainer.lock is up to date\n${pylock} written\n`);
  assert.equal((await rig.ok(['lock', '--check'])).stdout, `pycontainer.lock is up to date\n${pylock} is up to date\n`);
  await rig.ok(['up', '--locked']);
  assert(!readdirSync(rig.env['TMPDIR'] ?? '').some((name) => name.startsWith('pycontainer-')));
});

test('plan, build and up run no tool; they say that lock does', async () => {
  const { rig, tools } = await project({ 'requirements.in': 'small\n' });
  await using _ = rig;
  const ran = path.join(rig.root, 'ran');
  for (const tool of ['uv', 'python3', 'python', 'pip'])
    tools.add(tool, `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(ran)}, '');`);
  for (const command of ['plan', 'build', 'up']) {
    const { status, stderr } = await rig.run([command]);
    assert.equal(status, 2);
    assert.match(stderr, /^error\[lock-not-found\]: requirements\.in [^]* help: Make one with `pycontainer lock`/m);
  }
  assert(!existsSync(ran) && !existsSync(rig.path('pycontainer.lock')));
});

test('without uv and pip the error says how to get a lock, and nothing is written', async () => {
  const { rig } = await project({ 'requirements.in': 'small\n' });
  await using _ = rig;
  const { status, stderr } = await rig.run(['lock']);
  assert.equal(status, 2);
  assert.match(stderr, /^error\[lock-not-found\]: requirements\.in [^]*help: Install uv [^]*pip/m);
  assert(!existsSync(rig.path(pylock)) && !existsSync(rig.path('pycontainer.lock')));
});

test('a merge conflict in pycontainer.lock is named, with its line', async () => {
  const { rig } = await project({});
  await using _ = rig;
  const pin = (digit: string): string => `base docker.io/library/python:3.8 linux/amd64 sha256:${digit.repeat(64)}\n`;
  rig.write({
    'pycontainer.lock': `version 1\n<<<<<<< ours\n${pin('a')}=======\n${pin('b')}>>>>>>> theirs\n`,
  });
  for (const command of ['plan', 'lock']) {
    const { status, stderr } = await rig.run([command]);
    assert.equal(status, 2);
    assert.equal(
      stderr,
      `error[lock-syntax]: pycontainer.lock has a merge conflict
 --> pycontainer.lock:2:1
  |
2 | <<<<<<< ours
  | ^^^^^^^^^^^^
  = help: Keep the lines of either side, or remove the file and run \`pycontainer lock\`.
`,
    );
  }
});
