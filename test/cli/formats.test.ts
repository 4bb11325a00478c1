import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { exampleRig } from '../support/example.ts';
import { pythonBase, pythonBaseMissing } from '../support/python-base.ts';
import { Rig } from '../support/rig.ts';
import { validator } from '../support/schemas.ts';

const two = `defaults: { base: scratch, cmd: [run], tags: ['example.com/\${target}:dev'] }
targets:
  api: { platforms: [linux/amd64, linux/arm64] }
  worker: { platforms: [linux/amd64] }
`;

async function validateAll(rig: Rig): Promise<void> {
  const plan = validator('plan');
  plan(JSON.parse((await rig.ok(['plan', '--format', 'json'])).stdout));
  const { stderr } = await rig.ok(['build', '--progress', 'rawjson', '--metadata-file', 'meta.json']);
  const event = validator('events');
  const lines = stderr.trimEnd().split('\n');
  assert.ok(lines.length > 3);
  for (const line of lines) event(JSON.parse(line));
  validator('metadata')(JSON.parse(readFileSync(rig.path('meta.json'), 'utf8')));
  plan(JSON.parse((await rig.ok(['plan', '--format', 'json'])).stdout));
}

test('what a build of several targets and platforms says to programs is as the schemas say', async () => {
  await using rig = new Rig({ 'pycontainer.yaml': two, 'main.py': 'print(1)\n' });
  await validateAll(rig);
  rig.write({ 'main.py': 'print(2)\n' });
  await validateAll(rig);
});

test('so is what a build with packages says', { skip: pythonBaseMissing }, async () => {
  await using rig = exampleRig('hello', `rootfs:${await pythonBase()}`);
  await validateAll(rig);
});

test('an error that ends a command is an event', async () => {
  await using rig = new Rig({ 'pycontainer.yaml': 'targets: { a: { bse: x }, b: { tags: 1 } }\n' });
  const { stderr, status } = await rig.run(['plan', '--progress', 'rawjson']);
  assert.equal(status, 2);
  const error: unknown = JSON.parse(stderr);
  validator('events')(error);
  assert.equal((error as { type: string }).type, 'error');
});

test('stdout has results only', async () => {
  await using rig = new Rig({ 'pycontainer.yaml': two, 'main.py': '' });
  const { stdout } = await rig.ok(['build']);
  assert.match(stdout, /^api sha256:[0-9a-f]{64}\nworker sha256:[0-9a-f]{64}\n$/);
});
