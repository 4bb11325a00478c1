import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { PycontainerError } from '../../src/errors.ts';
import type { Event } from '../../src/events.ts';
import { selectTargets, Workspace } from '../../src/index.ts';
import { type Opened, Rounds, type WatchedWorkspace } from '../../src/watch/rounds.ts';
import { GivenTurn } from '../../src/watch/turn.ts';
import { waitFor } from '../support/daemon.ts';
import { Project } from '../support/project.ts';

interface Watched {
  readonly project: Project;
  readonly rounds: Rounds;
  readonly events: Event[];
  readonly lookedIn: (readonly string[] | 'everywhere')[];
  opened: number;
  /** Once, the next plan fails with it. */
  failure?: PycontainerError | undefined;
}

const nothing = async (): Promise<void> => undefined;

/** Rounds over a project that was built once. */
async function watchedFor(t: TestContext): Promise<Watched> {
  const project = await Project.with({
    'pycontainer.yaml': 'targets: {api: {base: "oci:../base", cmd: [python]}}',
    'src/a.py': 'x = 1\n',
  });
  const events: Event[] = [];
  const emit = (event: Event): void => void events.push(event);
  const { signal } = new AbortController();
  const open = async (): Promise<Opened> => {
    watched.opened += 1;
    const config = await project.config();
    const workspace = await Workspace.open(config, { env: project.env, cwd: project.folder, emit, lasting: true });
    return { workspace: spied(workspace, watched), targets: selectTargets(config, []) };
  };
  const watched = { project, events, lookedIn: [], opened: 0 } as unknown as Watched & { rounds: Rounds };
  Object.assign(watched, { rounds: await Rounds.open({ open, emit, signal, onMade: nothing, onBuilt: nothing }) });
  t.after(async () => {
    await watched.rounds[Symbol.asyncDispose]();
    await project[Symbol.asyncDispose]();
  });
  await watched.rounds.round(standing(), 0);
  return watched;
}

function spied(workspace: Workspace, watched: Watched): WatchedWorkspace {
  return {
    config: workspace.config,
    get seen() {
      return workspace.seen;
    },
    plan: async (targets, options) => {
      watched.lookedIn.push(options.changedIn === undefined ? 'everywhere' : [...options.changedIn]);
      const { failure } = watched;
      watched.failure = undefined;
      if (failure !== undefined) throw failure;
      return workspace.plan(targets, options);
    },
    build: (plan, options) => workspace.build(plan, options),
    writeResults: () => workspace.writeResults(),
    [Symbol.asyncDispose]: () => workspace[Symbol.asyncDispose](),
  };
}

function standing(): GivenTurn {
  const turn = new GivenTurn(new AbortController().signal);
  turn.stand();
  return turn;
}

function early(): GivenTurn {
  return new GivenTurn(new AbortController().signal);
}

function indexOf({ project }: Watched): string {
  return fs.readFileSync(project.path('.pycontainer/images/api/index.json'), 'utf8');
}

function layersOf({ project }: Watched): readonly string[] {
  return fs.readdirSync(path.join(project.storeFolder, 'blobs/sha256')).toSorted();
}

test('a round tells and delivers nothing before its turn stands', async (t) => {
  const watched = await watchedFor(t);
  const { project, events } = watched;
  const [told, index, layers] = [events.length, indexOf(watched), layersOf(watched)];
  project.write({ 'src/a.py': 'x = 2\n' });
  const turn = early();
  const round = watched.rounds.round(turn, 0, new Set([project.path('src')]));
  await waitFor(async () => layersOf(watched).length > layers.length, 'the layer to be made');
  assert.deepEqual([events.length, indexOf(watched)], [told, index]);
  turn.stand();
  await round;
  const types = events.slice(told).map(({ type }) => type);
  assert.deepEqual([types[0], types[1], types.at(-1)], ['changed', 'planned', 'rebuilt']);
  assert.notEqual(indexOf(watched), index);
});

test('of a void round nothing is told or stays, and the next one makes up for it', async (t) => {
  const watched = await watchedFor(t);
  const { project, events, rounds } = watched;
  const [told, index, layers] = [events.length, indexOf(watched), layersOf(watched)];
  project.write({ 'src/a.py': 'x = 22\n' });
  const turn = early();
  const round = rounds.round(turn, 0, new Set([project.path('src')]));
  await waitFor(async () => layersOf(watched).length > layers.length, 'the layer to be made');
  turn.void();
  await round;
  assert.deepEqual([events.length, indexOf(watched)], [told, index]);
  project.write({ 'src/a.py': 'x = 333\n' });
  await rounds.round(standing(), 0, new Set([project.path('src')]));
  assert.equal(events.slice(told).filter(({ type }) => type === 'rebuilt').length, 1);
  assert.equal(layersOf(watched).length, layers.length);
  const builtIndex = indexOf(watched);
  await rounds.round(standing(), 0);
  assert.equal(indexOf(watched), builtIndex);
});

test('what a void round looked at counts in the next one, though nothing more changed', async (t) => {
  const watched = await watchedFor(t);
  const { project, rounds, lookedIn } = watched;
  const index = indexOf(watched);
  project.write({ 'src/a.py': 'x = 22\n' });
  const turn = early();
  turn.void();
  await rounds.round(turn, 0, new Set([project.path('src')]));
  await rounds.round(standing(), 0, new Set());
  assert.deepEqual(lookedIn.slice(1), [[project.path('src')], []]);
  assert.notEqual(indexOf(watched), index);
});

test('after a void round that could not look, one looks everywhere', async (t) => {
  const watched = await watchedFor(t);
  const { project, rounds, lookedIn, events } = watched;
  watched.failure = new PycontainerError('file-unreadable', 'gone again');
  const turn = early();
  turn.void();
  await rounds.round(turn, 0, new Set([project.path('src')]));
  await rounds.round(standing(), 0, new Set());
  assert.deepEqual(lookedIn.slice(1), [[project.path('src')], 'everywhere']);
  assert.deepEqual(
    events.filter(({ type }) => type === 'failed'),
    [],
  );
});

test('a manifest that may still be written is not opened', async (t) => {
  const watched = await watchedFor(t);
  const { project, rounds, events } = watched;
  const manifest = fs.readFileSync(project.path('pycontainer.yaml'), 'utf8');
  project.write({ 'pycontainer.yaml': '' });
  const turn = early();
  turn.void();
  await rounds.round(turn, 0, new Set([project.folder]));
  assert.equal(watched.opened, 1);
  project.write({ 'pycontainer.yaml': manifest.replace('python', 'python3') });
  await rounds.round(standing(), 0, new Set([project.folder]));
  assert.equal(watched.opened, 2);
  assert.deepEqual(
    events.filter(({ type }) => type === 'failed'),
    [],
  );
});

test('the end of the watch ends a round that waits for its turn', async () => {
  const ending = new AbortController();
  using turn = new GivenTurn(ending.signal);
  ending.abort();
  await assert.rejects(turn.stands);
  assert(turn.signal.aborted);
});
