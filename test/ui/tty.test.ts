import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PycontainerError } from '../../src/errors.ts';
import type { Reporter } from '../../src/ui/reporter.ts';
import { ttyReporter } from '../../src/ui/tty.ts';
import { samples } from './events.ts';

function terminal(): { reporter: Reporter; written: string[] } {
  const written: string[] = [];
  const stream = { write: (text: string) => written.push(text) } as unknown as NodeJS.WriteStream;
  const options = { terminal: stream, colour: false, verbose: false, cwd: '/project', nowMs: () => 0 };
  return { reporter: ttyReporter(options), written };
}

test('where all is fresh lines are written as they come, and no screen is opened', () => {
  const { reporter, written } = terminal();
  reporter.event({ type: 'planned', fresh: 3, stale: 0, durationMs: 1, images: [] });
  reporter.event(samples.assumed[0]!);
  assert.deepEqual(written, ['assumed  no manifest\n']);
  reporter.event(samples.delivered[0]!);
  reporter.event(samples.warning[0]!);
  reporter.event(samples.done[0]!);
  assert.deepEqual(written.slice(1), [
    'warning[wheel-yanked]: six 1 was yanked\n',
    'output   api → out sha256:444444444444… (sent 2.0 kB, saved 30.0 MB)\n',
    'done     1 layer built, 3 fresh, in 1 m 01 s; sent 2.0 kB, saved 60.0 MB\n',
  ]);
});

test('a screen that comes after the end is not opened', async () => {
  const { reporter, written } = terminal();
  reporter.event(samples['node-started'][0]!);
  reporter.event(samples['node-finished'][0]!);
  reporter.event(samples.done[0]!);
  const before = [...written];
  await import('../../src/ui/screen.ts');
  assert.deepEqual(written, before);
  assert.deepEqual(written, [
    'built    app, 4.1 kB in 1.2 s (never built)\n',
    'done     1 layer built, 3 fresh, in 1 m 01 s; sent 2.0 kB, saved 60.0 MB\n',
  ]);
});

test('closing twice writes once, and an error comes after all else', () => {
  const { reporter, written } = terminal();
  reporter.event(samples.warning[0]!);
  reporter.error(new PycontainerError('usage', 'no'));
  reporter.close();
  assert.deepEqual(written, ['warning[wheel-yanked]: six 1 was yanked\n', 'error[usage]: no\n']);
});
