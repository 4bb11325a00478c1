import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { prepareRealParts } from './real-parts.ts';

/**
 * Runs every test file: the unit tests side by side, then those against real parts, one at a time. Real parts are
 * installed first where this is root on Debian; what is missing elsewhere is skipped, and said in the last line. In CI
 * (`CI=true`) it is a failure.
 */
const root = path.join(import.meta.dirname, '..');
const testWithinMs = 15 * 60_000;
/** That limit is one of tests: a file that does not end has none. After so long without a word it is ended, and named. */
const silentForMs = testWithinMs + 5 * 60_000;
const endWithinMs = 30_000;
const started = performance.now();
const real = globSync('test/real/**/*.test.ts', { cwd: root }).toSorted();
const others = globSync('test/**/*.test.ts', { cwd: root })
  .filter((file) => !real.includes(file))
  .toSorted();

const missing = prepareRealParts();
const prepared =
  missing.length > 0 && process.env['CI'] === 'true'
    ? `missing: ${missing.join(', ')}`
    : (await run(['scripts/build.ts'])).status === 0
      ? undefined
      : 'the build failed';
if (prepared === undefined) await runAll();
else finish(`Not tested, since ${prepared}`, false);

async function runAll(): Promise<void> {
  const runs = [await runTests(others, Math.max(2, availableParallelism())), await runTests(real, 1)];
  const counts = (what: string): number => runs.reduce((sum, { text }) => sum + count(text, what), 0);
  const reasons = new Set(runs.flatMap(({ text }) => skipReasons(text)).filter((reason) => reason !== 'SKIP'));
  const skipped = reasons.size === 0 ? '' : ` (${[...reasons].join('; ')})`;
  const passed = runs.every(({ status }) => status === 0) && counts('pass') > 0;
  // Those of the last run stand just above.
  for (const { text } of runs.slice(0, -1)) process.stdout.write(failures(text));
  finish(
    `${counts('tests')} tests: ${counts('pass')} passed, ${counts('fail') + counts('cancelled')} failed, ${counts('skipped')} skipped${skipped}`,
    passed,
  );
}

function finish(text: string, passed: boolean): void {
  const seconds = Math.round((performance.now() - started) / 1000);
  process.stdout.write(`\n${passed ? 'PASSED' : 'FAILED'}: ${text}. ${Math.floor(seconds / 60)} m ${seconds % 60} s\n`);
  process.exitCode = passed ? 0 : 1;
}

interface Run {
  readonly status: number;
  /** What it printed on stdout, without colours. */
  readonly text: string;
}

function runTests(files: readonly string[], concurrency: number): Promise<Run> {
  const flags = ['--test-reporter=spec', `--test-timeout=${testWithinMs}`, `--test-concurrency=${concurrency}`];
  return run(['--test', ...flags, ...files]);
}

function run(args: readonly string[]): Promise<Run> {
  const { promise, resolve, reject } = Promise.withResolvers<Run>();
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      PYCONTAINER_TEST_CLI: path.join(root, 'bin/pycontainer.js'),
      ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}),
    },
  });
  let text = '';
  // The test runner names what it was running then.
  const silence = setTimeout(() => {
    child.kill('SIGINT');
    killing = setTimeout(() => child.kill('SIGKILL'), endWithinMs);
  }, silentForMs);
  let killing: NodeJS.Timeout | undefined;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    silence.refresh();
    text += chunk;
    process.stdout.write(chunk);
  });
  child.once('error', reject);
  child.once('close', (code) => {
    clearTimeout(silence);
    clearTimeout(killing);
    resolve({ status: code ?? 1, text: stripVTControlCharacters(text) });
  });
  return promise;
}

/** A line of the runner's summary: `ℹ pass 12`. */
function count(text: string, what: string): number {
  return Number(new RegExp(`^ℹ ${what} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
}

/** What the runner says of tests that failed, at its end. */
function failures(text: string): string {
  return /^✖ failing tests:\n[^]*/m.exec(text)?.[0] ?? '';
}

/** `﹣ a test (1.2ms) # why` */
function skipReasons(text: string): readonly string[] {
  return [...text.matchAll(/^\s*﹣ .* # (.+)$/gm)].map(([, reason = '']) => reason);
}
