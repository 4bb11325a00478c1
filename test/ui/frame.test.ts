import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from '../../src/events.ts';
import { frame, type FrameLine, settledLine } from '../../src/ui/frame.ts';
import { emptyScreen, reduce, type ScreenState } from '../../src/ui/state.ts';
import { samples } from './events.ts';

const text = (lines: readonly FrameLine[]): readonly string[] =>
  lines.map((line) => line.map(({ text }) => text).join(''));

function after(...events: readonly Event[]): ScreenState {
  return events.reduce((state, event) => reduce(state, event, { atMs: 0, cwd: '/project' }), emptyScreen);
}

const lines = (state: ScreenState, columns: number, rows = 24, atMs = 1000): readonly string[] =>
  text(frame(state, { columns, rows, atMs, cwd: '/project' }));

const start = (node: string, title: string): Event => ({
  type: 'node-started',
  node,
  kind: 'package',
  title,
  reasons: [{ kind: 'never-built' }],
});
const planned: Event = { type: 'planned', fresh: 14, stale: 3, durationMs: 1, images: [] };
const moving: Event = { type: 'node-progress', node: 'a', doneBytes: 4_000_000, totalBytes: 16_000_000 };
const numpy = start('a', 'numpy 2.3.5');

test('what runs says why until it moves, then how far, how fast, and how long still', () => {
  assert.deepEqual(lines(after(planned, numpy), 120), ['⠇ numpy 2.3.5  never built', '0 of 3 layers built, 14 fresh']);
  assert.deepEqual(lines(after(planned, numpy, moving), 120), [
    `⠇ ${'numpy 2.3.5'.padEnd(36)}  ████░░░░░░░░░░░░  4.0 MB of 16.0 MB  4.0 MB/s  3.0 s left`,
    '0 of 3 layers built, 14 fresh',
  ]);
});

test('a narrower terminal gets less', () => {
  assert.equal(
    lines(after(numpy, moving), 80)[0],
    `⠇ ${'numpy 2.3.5'.padEnd(36)}  ████░░░░░░░░░░░░  4.0 MB of 16.0 MB`,
  );
  assert.equal(lines(after(numpy, moving), 40)[0], `⠇ ${'numpy 2.3.5'.padEnd(31)}   25 %`);
});

test('no running line is wider than the terminal, and all of them are no higher', () => {
  const many = Array.from({ length: 50 }, (_, index) => start(`n${index}`, `${'package-'.repeat(8)}${index}`));
  const warnings = Array.from({ length: 9 }, (_, index): Event => ({
    type: 'warning',
    code: 'wheel-yanked',
    message: `${index} `.repeat(60),
  }));
  const state = after(planned, ...many, ...warnings);
  for (const columns of [20, 40, 80, 200]) {
    for (const rows of [5, 8, 24, 60]) {
      const shown = lines(state, columns, rows);
      assert.ok(shown.length < rows, `${shown.length} of ${rows}`);
      for (const line of shown) assert.ok(line.length <= columns, line);
    }
  }
  assert.ok(lines(state, 80, 12).some((line) => /^ {2}and \d+ more$/.test(line)));
});

test('the last warnings stay in sight, at the end all of them', () => {
  const warnings = [1, 2, 3, 4].map((index): Event => ({
    type: 'warning',
    code: 'wheel-yanked',
    message: `six ${index}`,
  }));
  assert.deepEqual(lines(after(planned, ...warnings), 80), [
    '1 warning before',
    'warning[wheel-yanked]: six 2',
    'warning[wheel-yanked]: six 3',
    'warning[wheel-yanked]: six 4',
    '0 of 3 layers built, 14 fresh',
  ]);
  assert.equal(lines(after(...warnings, samples.done[0]!), 80).filter((line) => line.startsWith('warning')).length, 4);
});

test('the end is what it came to, images last and never cut', () => {
  assert.deepEqual(lines(after(planned, ...samples.delivered, samples.done[0]!), 40), [
    'done     1 layer built, 3 fresh, in 1 m 01 s; sent 2.0 kB, saved 60.0 MB',
    'output   api → out sha256:444444444444… (sent 2.0 kB, saved 30.0 MB)',
    'output   api → ghcr.io/acme/api:dev sha256:444444444444… (up to date)',
  ]);
});

test('nothing that is shown can steer the terminal, or tells a secret', () => {
  const title = 'a\u001B[2J https://me:pw@a.example/x';
  assert.equal(lines(after(start('a', title)), 200)[0], '⠇ a\uFFFD[2J https://***@a.example/x  never built');
  const line = text([settledLine({ role: 'good', word: 'built', text: 'a\rb' })])[0];
  assert.equal(line, 'built    a\uFFFDb');
});
