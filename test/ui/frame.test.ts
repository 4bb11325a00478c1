import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event, PlannedImage } from '../../src/events.ts';
import { closingLines, frame, settledLine } from '../../src/ui/frame.ts';
import { type FrameLine, widthOf } from '../../src/ui/span.ts';
import { emptyScreen, reduce, type ScreenState } from '../../src/ui/state.ts';
import { samples } from './events.ts';

const text = (lines: readonly FrameLine[]): readonly string[] =>
  lines.map((line) => line.map(({ text }) => text).join(''));

function after(...events: readonly Event[]): ScreenState {
  return events.reduce((state, event) => reduce(state, event, { atMs: 0, cwd: '/project' }), emptyScreen);
}

const lines = (state: ScreenState, columns: number, rows = 24, atMs = 1000): readonly string[] =>
  text(frame(state, { columns, rows, atMs }));

const start = (node: string, title: string): Event => ({
  type: 'node-started',
  node,
  kind: 'package',
  title,
  reasons: [{ kind: 'never-built' }],
});

const image = (target: string, platform: string, ...own: readonly PlannedImage['nodes'][number][]): PlannedImage => ({
  target,
  platform,
  nodes: [
    { node: `base ${target}`, kind: 'base', title: 'python:3.12-slim', state: 'fresh' },
    { node: 'small', kind: 'package', title: '13 packages', state: 'fresh', packages: 13 },
    { node: 'six', kind: 'package', title: 'six 1.17.0', state: 'fresh', packages: 1 },
    ...own,
    { node: `venv ${target}`, kind: 'venv', title: 'venv', state: 'stale' },
    { node: `app ${target}`, kind: 'app', title: 'app', state: 'stale' },
  ],
});

const numpyNode = { node: 'a', kind: 'package', title: 'numpy 2.3.5', state: 'stale', packages: 1 } as const;
const planned: Event = {
  type: 'planned',
  fresh: 14,
  stale: 5,
  durationMs: 1,
  images: [image('api', 'linux/amd64', numpyNode), image('worker', 'linux/arm64', numpyNode)],
};
const moving: Event = { type: 'node-progress', node: 'a', doneBytes: 4_000_000, totalBytes: 16_000_000 };
const numpy = start('a', 'numpy 2.3.5');
const head = 'api  linux/amd64  base, 14 packages fresh; venv, app to come';

test('what runs stands below its image: why until it moves, then how far, how fast, and how long still', () => {
  assert.deepEqual(lines(after(planned, numpy), 120), [
    head,
    '  ⠦ numpy 2.3.5  never built',
    '0 of 5 layers built, 14 fresh',
  ]);
  assert.deepEqual(lines(after(planned, numpy, moving), 120), [
    head,
    `  ⠦ ${'numpy 2.3.5'.padEnd(36)}  ████░░░░░░░░░░░░  4.0 MB of 16.0 MB  4.0 MB/s  3.0 s left`,
    '0 of 5 layers built, 14 fresh',
  ]);
});

test('images that share what runs are not told twice, and those that wait are counted', () => {
  assert.deepEqual(lines(after(planned, start('app api', 'app of api linux/amd64')), 120), [
    'api  linux/amd64  base, 14 packages fresh; 1 package, venv to come',
    '  ⠦ app  never built',
    '0 of 5 layers built, 14 fresh, 1 image waiting',
  ]);
});

test('a narrower terminal gets less', () => {
  const of = (columns: number): string | undefined => lines(after(numpy, moving), columns)[0];
  assert.equal(of(80), `⠦ ${'numpy 2.3.5'.padEnd(26)}  ██░░░░░░░░  4.0 MB of 16.0 MB  3.0 s left`);
  assert.equal(of(60), `⠦ ${'numpy 2.3.5'.padEnd(22)}  ██░░░░░░░░  4.0 MB of 16.0 MB`);
  assert.equal(of(40), `⠦ ${'numpy 2.3.5'.padEnd(29)}   25 %`);
});

test('no running line is wider than the terminal, and all of them are no higher', () => {
  const many = Array.from({ length: 50 }, (_, index) => start(`n${index}`, `${'package-'.repeat(8)}${index} 包包包`));
  const images = many.map((_, index) =>
    image(`target-${index}`, 'linux/amd64', {
      node: `n${index}`,
      kind: 'package',
      title: '包'.repeat(30),
      state: 'stale',
    }),
  );
  const warnings = Array.from({ length: 9 }, (_, index): Event => ({
    type: 'warning',
    code: 'wheel-yanked',
    message: `${index} `.repeat(60),
  }));
  const progress = many.map((_, index): Event => ({
    type: 'node-progress',
    node: `n${index}`,
    doneBytes: index * 999_999,
    totalBytes: 999_999_999,
  }));
  const watching = [...samples.watching, ...samples.failed, ...samples.container];
  for (const state of [
    after({ ...planned, images }, ...many.slice(0, 4), ...warnings),
    after({ ...planned, images }, ...many, ...progress, ...warnings),
    after(...watching, { ...planned, images }, ...many, ...progress, ...warnings),
  ]) {
    for (const columns of [20, 40, 80, 200]) {
      for (const rows of [3, 5, 8, 24, 60]) {
        const shown = frame(state, { columns, rows, atMs: 1000, footer: [[{ text: 'keys' }]] });
        assert.ok(shown.length < rows, `${shown.length} of ${rows}`);
        for (const line of shown) assert.ok(widthOf(line) <= columns, JSON.stringify(line));
      }
    }
  }
  const state = after({ ...planned, images }, ...many, ...warnings);
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
    '0 of 5 layers built, 14 fresh, 2 images waiting',
  ]);
  const closing = text(closingLines(after(...warnings, samples.done[0]!), '/project'));
  assert.equal(closing.filter((line) => line.startsWith('warning')).length, 4);
});

test('the end is where images went and what it came to, never cut', () => {
  assert.deepEqual(text(closingLines(after(planned, ...samples.delivered, samples.done[0]!), '/project')), [
    'output   api → out sha256:444444444444… (sent 2.0 kB, saved 30.0 MB)',
    'output   api → ghcr.io/acme/api:dev sha256:444444444444… (up to date)',
    'done     1 layer built, 3 fresh, in 1 m 01 s; sent 2.0 kB, saved 60.0 MB',
  ]);
});

test('what breaks off says how far it came, and what was delivered', () => {
  assert.deepEqual(text(closingLines(after(planned, samples.delivered[0]!), '/project')), [
    'output   api → out sha256:444444444444… (sent 2.0 kB, saved 30.0 MB)',
    '0 of 5 layers built, 14 fresh, 2 images waiting, 1 delivered',
  ]);
});

test('nothing that is shown can steer the terminal, or tells a secret', () => {
  const title = 'a\u001B[2J https://me:pw@a.example/x';
  assert.equal(lines(after(start('a', title)), 200)[0], '⠦ a\uFFFD[2J https://***@a.example/x  never built');
  const line = text([settledLine({ role: 'good', word: 'built', text: 'a\rb' })])[0];
  assert.equal(line, 'built    a\uFFFDb');
});
