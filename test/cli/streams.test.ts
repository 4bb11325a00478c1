import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { Rig } from '../support/rig.ts';

const project = { 'pycontainer.yaml': 'targets: { app: { base: scratch, cmd: [x] } }', 'data.txt': 'x' };
/** The program with a shell's redirections, to 9 for a pipe that nobody reads any more. */
const redirected = (redirection: string): { readonly through: readonly string[] } => ({
  through: ['/bin/bash', '-c', `exec 9> >(:); wait $!; "$@" ${redirection}`, 'bash'],
});

for (const args of [['--help'], ['schema'], ['plan'], ['--version']]) {
  test(`pycontainer ${args.join(' ')} does not mind a reader that has gone`, async () => {
    await using rig = new Rig(project);
    const { stderr, status } = await rig.run(args, redirected('>&9'));
    assert.deepEqual([stderr, status], ['', 0]);
  });
}

test('a build goes on when nobody reads its progress any more', async () => {
  await using rig = new Rig(project);
  const { stdout, status } = await rig.run(['build'], redirected('2>&9'));
  assert.match(stdout, /^app sha256:[0-9a-f]{64}\n$/);
  assert.equal(status, 0);
});

test('a result that cannot be written is told, and ends with 1', { skip: !existsSync('/dev/full') }, async () => {
  await using rig = new Rig(project);
  for (const args of [['plan'], ['schema']]) {
    const { stderr, status } = await rig.run(args, redirected('> /dev/full'));
    assert.equal(stderr, 'error[output-unusable]: What was to be printed cannot be written (ENOSPC)\n');
    assert.equal(status, 1);
  }
});
