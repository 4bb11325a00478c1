import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Argument, Command } from 'commander';
import { type Candidate, complete } from '../../src/cli/completion.ts';
import { addTargetOptions } from '../../src/cli/options.ts';
import { Rig } from '../support/rig.ts';

const manifest = `
defaults: { base: scratch, cmd: [x] }
targets: { api: {}, web: {}, worker: {} }
groups: { all: [api, web] }
`;

async function completed(rig: Rig, ...words: readonly string[]): Promise<readonly string[]> {
  const { stdout, stderr, status } = await rig.run(['__complete', '--', ...words]);
  assert.deepEqual([stderr, status], ['', 0]);
  return stdout.split('\n').flatMap((line) => line.split('\t')[0] || []);
}

/** Of the kinds that the program's commands are. */
function program(): Command {
  const root = new Command('pycontainer').version('1');
  addTargetOptions(root.command('build').description('build; and deliver')).argument('[target...]');
  addTargetOptions(root.command('run').description('run')).argument('<target>').argument('[command...]');
  root.command('cache').command('prune').description('remove (for good)');
  root.command('hidden', { hidden: true });
  root.command('completion').addArgument(new Argument('<shell>').choices(['bash', 'zsh']));
  return root;
}

const named = (...names: readonly string[]): readonly Candidate[] => names.map((text) => ({ text, about: 'target' }));

async function texts(...words: readonly string[]): Promise<'files' | readonly string[]> {
  const found = await complete(program(), words, {
    targets: async ({ file, directory }) => named('api', 'web', 'worker', file ?? 'no-file', directory ?? 'no-folder'),
  });
  return found === 'files' ? found : found.map(({ text }) => text);
}

test('commands are completed, and below them theirs', async () => {
  assert.deepEqual(await texts(''), ['build', 'run', 'cache', 'completion', 'help']);
  assert.deepEqual(await texts(), ['build', 'run', 'cache', 'completion', 'help']);
  assert.deepEqual(await texts('bu'), ['build']);
  assert.deepEqual(await texts('hid'), []);
  assert.deepEqual(await texts('cache', 'p'), ['prune']);
  assert.deepEqual(await texts('completion', ''), ['bash', 'zsh']);
  assert.deepEqual(await complete(program(), ['cache', 'p'], { targets: async () => [] }), [
    { text: 'prune', about: 'remove' },
  ]);
});

test('targets are completed where they may stand, each once', async () => {
  assert.deepEqual(await texts('build', 'w'), ['web', 'worker']);
  assert.deepEqual(await texts('build', 'web', 'w'), ['worker']);
  assert.deepEqual(await texts('run', 'w'), ['web', 'worker']);
  assert.deepEqual(await texts('run', 'web', 'w'), []);
  assert.deepEqual(await texts('run', 'web', '--', 'w'), []);
});

test('the manifest is the one that the line names', async () => {
  assert.deepEqual(await texts('build', '-f', 'x/other.yaml', 'x'), ['x/other.yaml']);
  assert.deepEqual(await texts('build', '--file=x.yaml', 'x'), ['x.yaml']);
  assert.deepEqual(await texts('build', '-C', 'x', 'x'), ['x']);
});

test('flags are completed, those that were given not again unless they may be', async () => {
  assert.deepEqual(await texts('build', '--pro'), ['--progress']);
  assert.deepEqual(await texts('build', '--progress', 'plain', '--pro'), []);
  assert.deepEqual(await texts('build', '--tag', 'x', '--ta'), ['--tag']);
  assert.deepEqual(await texts('build', '--', '--pro'), []);
  assert.deepEqual(await texts('-'), ['--version', '-V', '--help', '-h']);
});

test('values are completed where they are known', async () => {
  assert.deepEqual(await texts('build', '--progress', 'p'), ['plain']);
  assert.deepEqual(await texts('build', '--progress=p'), ['--progress=plain']);
  assert.deepEqual(await texts('build', '--platform', 'linux/ar'), ['linux/arm64']);
  assert.deepEqual(await texts('build', '-t', 'w'), []);
  assert.equal(await texts('build', '-f', 'x'), 'files');
  assert.equal(await texts('build', '--file=x'), 'files');
});

test('what is wrong in the line is passed over', async () => {
  assert.deepEqual(await texts('build', '--nothing', 'w'), ['web', 'worker']);
  assert.deepEqual(await texts('nothing', 'bu'), ['build']);
});

test('each candidate says what it is', async () => {
  await using rig = new Rig({ 'pycontainer.yaml': manifest });
  const { stdout } = await rig.ok(['__complete', '--', 'build', 'a']);
  assert.equal(stdout, 'api\ttarget\nall\tgroup\n');
});

test('of a manifest that is broken, of another kind, or not there, what can be read counts', async () => {
  await using rig = new Rig({ 'pycontainer.yaml': 'targets: {api: {' });
  assert.deepEqual(await completed(rig, 'up', ''), ['api']);
  rig.write({ 'pycontainer.yaml': 'targets: 3' });
  assert.deepEqual(await completed(rig, 'up', ''), []);
  rig.remove('pycontainer.yaml');
  assert.deepEqual(await completed(rig, 'up', ''), []);
  assert.deepEqual(await completed(rig, 'up', '-f', 'none.yaml', ''), []);
  rig.write({ 'pyproject.toml': '[tool.pycontainer.targets.shop]\n' });
  assert.deepEqual(await completed(rig, 'up', ''), ['shop']);
});

test('no script for a shell that is not known', async () => {
  await using rig = new Rig();
  const { status, stderr } = await rig.run(['completion', 'cmd']);
  assert.equal(status, 2);
  assert.match(stderr, /There are: bash, zsh, fish/);
});
