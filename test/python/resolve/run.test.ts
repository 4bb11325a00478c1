import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { failed, runProgram } from '../../../src/python/resolve/run.ts';
import { rejectsWith } from '../../support/rejects.ts';

const options = { cwd: tmpdir(), env: {} };
const node = process.execPath;

test('arguments reach the program as they are, through no shell', async () => {
  const odd = ['$(id)', '`id`', '; exit 7', "it's", '"', '*', ''];
  const ran = await runProgram(
    node,
    ['-e', 'console.log(JSON.stringify(process.argv.slice(1)))', '--', ...odd],
    options,
  );
  assert.deepEqual(JSON.parse(ran?.stdout ?? ''), odd);
});

test('a program that is not there is no error', async () => {
  assert.equal(await runProgram('pycontainer-no-such-program', [], options), undefined);
});

test('of stderr the end is kept, and told with the status', async () => {
  const script = 'for (let i = 0; i < 1e5; i += 1) console.error("line", i); process.exitCode = 3;';
  const ran = await runProgram(node, ['-e', script], options);
  assert(ran !== undefined && ran.stderr.length <= 16 * 1024);
  const { message } = failed('tool', 'x', ran);
  assert.match(message, /^tool could not resolve x \(exit status 3\)\n {2}line 99980\n/);
  assert.match(message, /\n {2}line 99999$/);
});

test('a program that answers without end is stopped', async () => {
  const script = 'const piece = "x".repeat(1 << 20); const go = () => process.stdout.write(piece, go); go();';
  await rejectsWith(runProgram(node, ['-e', script], options), 'lock-failed', /without end/);
});

test('a signal that was given before starts nothing', async () => {
  const started = runProgram(node, ['-e', ''], { ...options, signal: AbortSignal.abort() });
  await rejectsWith(started, 'interrupted');
});
