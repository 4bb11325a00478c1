import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';

/**
 * Runs every test file: the unit tests side by side, then those against real parts, one at a time.
 * Real parts are installed first where this is root on Debian, else named as missing by the tests that want them.
 */
const root = new URL('..', import.meta.url).pathname;
const real = globSync('test/real/**/*.test.ts', { cwd: root }).toSorted();
const others = globSync('test/**/*.test.ts', { cwd: root })
  .filter((file) => !real.includes(file))
  .toSorted();

process.exitCode = await run(['scripts/real-parts.ts']);
if (process.exitCode === 0) process.exitCode = await run(['scripts/build.ts']);
if (process.exitCode === 0) process.exitCode = await runTests(others, []);
if (process.exitCode === 0) process.exitCode = await runTests(real, ['--test-concurrency=1']);

function runTests(files: readonly string[], flags: readonly string[]): Promise<number> {
  return run(['--test', '--test-reporter=dot', '--test-timeout=600000', ...flags, ...files]);
}

function run(args: readonly string[]): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' });
  child.once('error', reject);
  child.once('exit', (code) => {
    resolve(code ?? 1);
  });
  return promise;
}
