import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PycontainerError } from '../../src/errors.ts';
import { ciOf } from '../../src/ui/ci.ts';
import { plainReporter, type PlainReporterOptions, rawReporter, type Reporter } from '../../src/ui/reporter.ts';
import { samples } from './events.ts';

function reported(options: Partial<PlainReporterOptions>, act: (reporter: Reporter) => void): readonly string[] {
  const lines: string[] = [];
  const now = (): Date => new Date('2026-01-02T03:04:05.678Z');
  const usual = { verbose: false, quiet: false, colour: false, cwd: '/project', ci: ciOf({}, '/project'), now };
  act(plainReporter((line) => lines.push(line), { ...usual, ...options }));
  return lines.flatMap((line) => line.split('\n'));
}

const github = ciOf({ GITHUB_ACTIONS: 'true' }, '/project');

test('verbose lines begin with their time', () => {
  assert.deepEqual(
    reported({ verbose: true }, ({ event }) => event(samples.done[0]!)),
    ['03:04:05.678 done     1 layer built, 3 fresh, in 1 m 01 s; sent 2.0 kB, saved 60.0 MB'],
  );
});

test('quiet leaves warnings and errors', () => {
  const lines = reported({ quiet: true }, ({ event, error }) => {
    event(samples.done[0]!);
    event(samples.warning[0]!);
    error(new PycontainerError('usage', 'no'));
  });
  assert.deepEqual(lines, ['warning[wheel-yanked]: six 1 was yanked', 'error[usage]: no']);
});

test('in CI what is built is a group, closed before what is delivered and before an error', () => {
  const built = reported({ ci: github }, ({ event }) => {
    for (const sample of [samples.planned[0]!, samples['node-started'][0]!, samples.delivered[0]!]) event(sample);
  });
  assert.deepEqual(
    built.map((line) => line.slice(0, 12)),
    ['::group::Bui', 'stale    app', '::endgroup::', 'output   api'],
  );
  const failed = reported({ ci: github }, ({ event, error, close }) => {
    event(samples.planned[0]!);
    error(new PycontainerError('usage', 'no'));
    close();
  });
  assert.deepEqual(failed, ['::group::Build 1 layer', '::endgroup::', 'error[usage]: no', '::error title=usage::no']);
});

test('each of several errors is annotated', () => {
  const others = [new PycontainerError('usage', 'two')];
  const lines = reported({ ci: github }, ({ error }) => error(new PycontainerError('usage', 'one', { others })));
  assert.equal(lines.filter((line) => line.startsWith('::error')).length, 2);
});

test('verbose tells the causes, without secrets', () => {
  const cause = new Error('GET https://me:pw@a.example/x?token=1 failed', { cause: new Error('reset') });
  const lines = reported({ verbose: true }, ({ error }) => error(new PycontainerError('network', 'no', { cause })));
  assert.ok(lines.some((line) => line.startsWith('caused by: Error: GET https://***@a.example/x?*** failed')));
  assert.ok(lines.some((line) => line.startsWith('caused by: Error: reset')));
});

test('raw lines are events as they come', () => {
  const lines: string[] = [];
  const { event, error } = rawReporter((line) => lines.push(line));
  event(samples.done[0]!);
  error(new PycontainerError('usage', 'no'));
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { type: string }).type),
    ['done', 'error'],
  );
});
