import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PycontainerError } from '../../src/errors.ts';
import type { Event } from '../../src/events.ts';
import { frame } from '../../src/ui/frame.ts';
import { type KeysState, keyLines, pressed, urlOf } from '../../src/ui/keys.ts';
import { emptyScreen, reduce, type ScreenState } from '../../src/ui/state.ts';
import type { WatchState } from '../../src/ui/watch-state.ts';

const watching: Event = { type: 'watching', targets: ['api', 'web'], files: 212 };
const changed: Event = { type: 'changed', what: 'app', paths: ['api/a.py', 'api/b.py'], more: 3 };
const rebuilt: Event = { type: 'rebuilt', targets: ['api', 'web'], durationMs: 23.4 };
const failed: Event = {
  type: 'failed',
  error: new PycontainerError('manifest-invalid', 'no target', {
    hint: 'Add one.',
    location: { file: 'pycontainer.yaml', line: 2, column: 1, text: 'x: 1' },
  }),
};
const stale: Event = {
  type: 'node-started',
  node: 'app:1',
  kind: 'app',
  title: 'app of api linux/amd64',
  reasons: [{ kind: 'file', change: 'changed', path: 'a.py' }],
};
const container = (state: 'started' | 'synced' | 'exited' | 'removed', more: object = {}): Event => ({
  type: 'container',
  target: 'api',
  name: 'shop-api',
  state,
  ...more,
});
const started = container('started', { url: 'http://localhost:8000' });

function after(...events: readonly Event[]): ScreenState {
  return events.reduce((state, event) => reduce(state, event, { atMs: 0, cwd: '/' }), emptyScreen);
}

function watchOf(...events: readonly Event[]): WatchState {
  const { watch } = after(...events);
  assert(watch !== undefined);
  return watch;
}

const lines = (state: ScreenState, rows = 24, columns = 80): readonly string[] =>
  frame(state, { rows, columns, atMs: 0 }).map((line) => line.map(({ text }) => text).join(''));

test('a watch says what it waits for, what changed, and how long it took to rebuild', () => {
  assert.deepEqual(lines(after(watching)), ['watching 212 files for api, web']);
  assert.deepEqual(lines(after(watching, changed)), ['changed  api/a.py and 4 more']);
  assert.deepEqual(lines(after(watching, changed, rebuilt)), [
    'watching 212 files for api, web; rebuilt in 23 ms after api/a.py and 4 more',
  ]);
  assert.deepEqual(lines(after(watching, changed, rebuilt, rebuilt)), [
    'watching 212 files for api, web; rebuilt in 23 ms',
  ]);
});

test('the last error stays until it is mended', () => {
  const error = [
    'error[manifest-invalid]: no target',
    ' --> pycontainer.yaml:2:1',
    '  |',
    '2 | x: 1',
    '  | ^',
    '  = help: Add one.',
  ];
  const waits = 'failed   waiting for changes in 212 files for api, web';
  assert.deepEqual(lines(after(watching, failed)), [...error, waits]);
  assert.deepEqual(lines(after(failed, watching)), [...error, waits]);
  assert.deepEqual(lines(after(watching, failed), 6), [...error.slice(0, 2), '  …', waits]);
  assert.deepEqual(lines(after(watching, failed, { type: 'mended' })), ['watching 212 files for api, web']);
  assert.deepEqual(lines(after(watching, failed, rebuilt)).length, 1);
});

test('containers stand with their state and URL, which a later word does not take away', () => {
  assert.equal(lines(after(started, watching))[0], '● api  running  http://localhost:8000');
  assert.equal(
    lines(after(started, watching, container('synced', { files: 2, durationMs: 12 })))[0],
    '● api  running, 2 files synced in 12 ms  http://localhost:8000',
  );
  assert.equal(lines(after(started, watching, container('exited', { exitCode: 3 })))[0], '○ api  exited with 3');
  assert.equal(lines(after(started, watching, container('removed'))).length, 1);
});

test('many containers are no higher than there is room', () => {
  const many = Array.from({ length: 50 }, (_, index): Event => ({
    type: 'container',
    target: `t${index}`,
    name: 'x',
    state: 'started',
  }));
  const shown = lines(after(watching, ...many), 8);
  assert.equal(shown.length, 6);
  assert.equal(shown.at(-2), '  and 46 containers more');
});

const press = (keys: string, watch: WatchState, state: KeysState = {}): ReturnType<typeof pressed> =>
  Array.from(keys).reduce<ReturnType<typeof pressed>>(({ keys }, key) => pressed(keys, key, watch), { keys: state });

test('keys ask the watch, or change what is shown', () => {
  const watch = watchOf(started, watching);
  assert.equal(press('r', watch).asked, 'rebuild');
  assert.equal(press('q', watch).asked, 'quit');
  assert.equal(press('o', watch).asked, 'open');
  assert.equal(urlOf(watch), 'http://localhost:8000');
  assert.equal(press('o', watchOf(watching)).asked, undefined);
  assert.deepEqual(press('?', watch), { keys: { panel: 'help' } });
  assert.deepEqual(press('??', watch), { keys: {} });
  assert.deepEqual(press('?e', watch), { keys: { panel: 'explain' } });
  assert.deepEqual(press('ex', watch), { keys: {} });
});

test('logs are those of one target, of the next, and of all again', () => {
  const watch = watchOf(watching);
  assert.deepEqual(press('l', watch).keys, { logsOf: 'api' });
  assert.deepEqual(press('ll', watch).keys, { logsOf: 'web' });
  assert.deepEqual(press('lll', watch).keys, {});
});

const panel = (keys: KeysState, watch: WatchState): readonly string[] =>
  keyLines(keys, watch, 100).map((line) => line.map(({ text }) => text).join(''));

test('the last line names the keys, and the panel above it explains them or the last rebuild', () => {
  const watch = watchOf(watching, changed, stale, rebuilt);
  assert.deepEqual(panel({}, watch), ['r rebuild  o open  l logs  e explain  q quit  ? help']);
  assert.deepEqual(panel({ logsOf: 'web' }, watch), ['r rebuild  o open  l logs of web  e explain  q quit  ? help']);
  assert.equal(panel({ panel: 'help' }, watch).length, 7);
  assert.deepEqual(panel({ panel: 'explain' }, watch).slice(0, -1), [
    '  api/a.py, api/b.py and 3 more',
    '    app of api linux/amd64: a.py changed',
  ]);
  assert.equal(panel({ panel: 'explain' }, watchOf(watching))[0], '  Nothing was rebuilt yet.');
});
