import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Rig } from '../support/rig.ts';

const bin = path.join(import.meta.dirname, '../../bin/pycontainer.js');

test('--version prints the version alone', async () => {
  await using rig = new Rig();
  const { stdout, stderr, status } = await rig.run(['--version']);
  assert.match(stdout, /^\d+\.\d+\.\d+\S*\n$/);
  assert.deepEqual([stderr, status], ['', 0]);
});

test('--help names every command, on stdout', async () => {
  await using rig = new Rig();
  const { stdout, stderr, status } = await rig.run(['--help']);
  for (const command of ['init', 'plan', 'build', 'up', 'lock'])
    assert.match(stdout, new RegExp(`^  ${command} `, 'm'));
  assert.deepEqual([stderr, status], ['', 0]);
});

const wrong: Readonly<Record<string, readonly string[]>> = {
  'an unknown command': ['bild'],
  'an unknown flag': ['plan', '--explian'],
  'a flag without its value': ['plan', '--file'],
  'a value that a flag does not take': ['plan', '--format', 'xml'],
  'no command at all': [],
};

for (const [what, args] of Object.entries(wrong)) {
  test(`${what} ends with 2, and stdout stays empty`, async () => {
    await using rig = new Rig();
    const { stdout, stderr, status } = await rig.run(args);
    assert.deepEqual([stdout, status], ['', 2]);
    assert.notEqual(stderr, '');
    assert.doesNotMatch(stderr, /^\s+at /m);
  });
}

test('a Node that is too old gets one clear line', () => {
  const pretend = `Object.defineProperty(process, 'versions', { value: { node: '20.11.1' } }); import(${JSON.stringify(bin)})`;
  const { stderr, stdout, status } = spawnSync(process.execPath, ['-e', pretend], { encoding: 'utf8' });
  assert.match(stderr, /^pycontainer needs Node\.js 22\.22 or newer, and this is 20\.11\.1\..*\n$/);
  assert.deepEqual([stdout, status], ['', 2]);
});

test('the bin can be parsed by the oldest Node that knows modules', () => {
  assert.doesNotMatch(readFileSync(bin, 'utf8'), /=>|\b(?:const|let|async|await)\b|`\$|\?\.|\?\?/);
  execFileSync(process.execPath, ['--check', bin]);
});
