import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PycontainerError } from '../../src/errors.ts';
import type { Event, PlannedImage } from '../../src/events.ts';
import { emptyScreen, reduce, type ScreenState } from '../../src/ui/state.ts';
import { allSamples, samples } from './events.ts';

const started = samples['node-started'][0]!;
const finished = samples['node-finished'][0]!;
const [arriving, arrived] = samples.download as [Event, Event];

function after(...events: readonly Event[]): ScreenState {
  return events.reduce(
    (state, event, index) => reduce(state, event, { atMs: index * 100, cwd: '/project' }),
    emptyScreen,
  );
}

test('a node runs from its start to its end, and what is over keeps its reason', () => {
  const running = after(samples.planned[0]!, started, samples['node-progress'][0]!);
  assert.deepEqual(running.running, [
    { id: 'app:1', kind: 'app', title: 'app', startedMs: 100, doneBytes: 1, totalBytes: 2, reason: 'never built' },
  ]);
  const over = after(samples.planned[0]!, started, finished);
  assert.deepEqual(over.running, []);
  assert.deepEqual(over.settled, [{ role: 'good', word: 'built', text: 'app, 4.1 kB in 1.2 s (never built)' }]);
  assert.deepEqual([over.fresh, over.stale, over.built], [3, 1, 1]);
});

test('an output runs too, and its end is its delivery', () => {
  const [, output] = samples['node-started'];
  const [, outputEnd] = samples['node-finished'];
  const state = after(output!, outputEnd!, samples.delivered[0]!);
  assert.deepEqual([state.running, state.settled, state.built], [[], [], 0]);
  assert.equal(state.deliveries[0]?.target, 'api');
});

test('a download is there until it is finished, and leaves no line', () => {
  assert.deepEqual(after(arriving).running, [
    {
      id: 'download six.whl',
      kind: 'download',
      title: 'fetch six.whl',
      startedMs: 0,
      doneBytes: 1000,
      totalBytes: 2000,
      reason: '',
    },
  ]);
  const state = after(arriving, arrived);
  assert.deepEqual([state.running, state.settled], [[], []]);
});

test('downloads of one thing keep the time of the first', () => {
  assert.equal(after(arriving, arriving).running[0]?.startedMs, 0);
});

test('what failed is over', () => {
  const state = after(started, samples['node-failed'][0]!);
  assert.deepEqual(state.running, []);
  assert.deepEqual(state.settled, [{ role: 'bad', word: 'failed', text: 'app' }]);
});

test('what was stopped is over without a word, and places are shown from here', () => {
  const output = { ...samples['node-started'][1]!, title: 'api → /project/a/b' };
  assert.equal(after(output).running[0]?.title, 'api → a/b');
  const error = new PycontainerError('interrupted', 'Stopped');
  assert.deepEqual(after(output, { type: 'node-failed', node: output.node, error }), {
    ...emptyScreen,
    over: new Set([output.node]),
  });
});

test('equal warnings stand once', () => {
  const [one, two] = samples.warning as [Event, Event];
  assert.equal(after(one, one, two).warnings.length, 2);
});

test('progress of what is not known changes nothing', () => {
  assert.deepEqual(after(samples['node-progress'][0]!), emptyScreen);
});

test('a second plan counts anew', () => {
  const again = after(samples.planned[0]!, started, finished, {
    type: 'planned',
    fresh: 4,
    stale: 0,
    durationMs: 1,
    images: [],
  });
  assert.deepEqual([again.fresh, again.stale, again.built], [4, 0, 0]);
});

test('images of which all is there are told in one line where others are to be made', () => {
  const image = (target: string, state: 'fresh' | 'stale'): PlannedImage => ({
    target,
    platform: 'linux/amd64',
    nodes: [{ node: target, kind: 'app', title: 'app', state }],
  });
  const fresh = ['a', 'b', 'c', 'd', 'e'].map((name) => image(name, 'fresh'));
  const planned = {
    type: 'planned',
    fresh: 5,
    stale: 1,
    durationMs: 1,
    images: [image('x', 'stale'), ...fresh],
  } as const;
  const state = after(planned);
  assert.deepEqual(state.images, [image('x', 'stale')]);
  assert.deepEqual(
    state.settled.map(({ text }) => text),
    ['a linux/amd64, b linux/amd64, c linux/amd64 and 2 more'],
  );
  assert.deepEqual(after({ ...planned, stale: 0, images: fresh }).settled, []);
});

test('no state is changed in place', () => {
  const freeze = <T extends object>(value: T): T => {
    for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) freeze(part as object);
    return Object.freeze(value);
  };
  let state = freeze(emptyScreen);
  for (const event of allSamples) state = freeze(reduce(state, event, { atMs: 0, cwd: '/' }));
  assert.equal(state.done?.word, 'done');
});
