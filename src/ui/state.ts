import type { Delivered, Event, NodeKind, PlannedImage, WarningEvent } from '../events.ts';
import { type Fact, factOf } from './plain.ts';
import { shownPath } from './path.ts';
import { formatReasons } from './reason.ts';
import { reduceWatch, type WatchEvent, type WatchState } from './watch-state.ts';

/** What a screen shows, as far as events have told. */
export interface ScreenState {
  /** What is over, in order. Who writes it takes it out: a watch may last for days. */
  readonly settled: readonly Fact[];
  /** In the order in which they began. */
  readonly running: readonly Task[];
  /** Those of the last plan that have layers to be made. */
  readonly images: readonly PlannedImage[];
  /** Ids of the nodes that were made, or failed. */
  readonly over: ReadonlySet<string>;
  /** Layers: there already, to be made, and made. */
  readonly fresh: number;
  readonly stale: number;
  readonly built: number;
  /** Each once. */
  readonly warnings: readonly WarningEvent[];
  readonly deliveries: readonly Delivered[];
  /** Present when all is done. */
  readonly done?: Fact;
  /** Present in watch mode. */
  readonly watch?: WatchState;
}

/** Something that takes time. */
export interface Task {
  readonly id: string;
  readonly kind: NodeKind | 'download';
  readonly title: string;
  /** On the clock of the events. */
  readonly startedMs: number;
  readonly doneBytes: number;
  /** Absent when not known. */
  readonly totalBytes?: number;
  /** Why it is done; empty for what needs no reason. */
  readonly reason: string;
}

export const emptyScreen: ScreenState = {
  settled: [],
  running: [],
  images: [],
  over: new Set(),
  fresh: 0,
  stale: 0,
  built: 0,
  warnings: [],
  deliveries: [],
};

export interface ReduceOptions {
  /** When the event came. */
  readonly atMs: number;
  /** Absolute; paths below it are shown from there. */
  readonly cwd: string;
}

/** The state after an event. Pure. */
export function reduce(state: ScreenState, event: Event, options: ReduceOptions): ScreenState {
  switch (event.type) {
    case 'planned':
      return planned(state, event);
    case 'assumed':
    case 'resolved':
    case 'store-damage':
    case 'layer-found':
    case 'layers-kept':
    case 'log':
      return settle(state, event, options);
    case 'node-started':
      return begin(watched(state, event), startedTask(event, options));
    case 'node-progress':
      return progress(state, event.node, event);
    case 'node-finished':
      return finish(state, event, options);
    case 'node-failed':
      return fail(state, event);
    case 'download':
      return download(state, event, options);
    case 'delivered':
      return { ...state, deliveries: [...state.deliveries, event] };
    case 'warning':
      return state.warnings.some((known) => JSON.stringify(known) === JSON.stringify(event))
        ? state
        : { ...state, warnings: [...state.warnings, event] };
    case 'watching':
      return watched(state, event);
    case 'changed':
    case 'container':
    case 'mended':
      return settle(watched(state, event), event, options);
    case 'failed':
      return { ...watched(state, event), running: [] };
    case 'rebuilt':
      return { ...settle(watched(state, event), event, options), running: [], deliveries: [] };
    case 'done': {
      const done = factOf(event, { verbose: false, cwd: options.cwd });
      return { ...state, running: [], ...(done === undefined ? {} : { done }) };
    }
  }
}

/** Images of which every layer is there are told once, in one line, where others are to be made. */
function planned(state: ScreenState, { images, fresh, stale }: Extract<Event, { type: 'planned' }>): ScreenState {
  const isStale = ({ nodes }: PlannedImage): boolean =>
    nodes.some(({ kind, state }) => state === 'stale' && kind !== 'base' && kind !== 'output');
  const finished = images.filter((image) => !isStale(image)).map(({ target, platform }) => `${target} ${platform}`);
  const more = finished.length - mostFresh;
  const names = finished.slice(0, mostFresh).join(', ') + (more > 0 ? ` and ${more} more` : '');
  const fact: Fact = { role: 'quiet', word: 'fresh', text: names };
  return {
    ...state,
    images: images.filter(isStale),
    over: new Set(),
    fresh,
    stale,
    built: 0,
    running: [],
    settled: stale > 0 && finished.length > 0 && state.watch === undefined ? [...state.settled, fact] : state.settled,
  };
}

const mostFresh = 3;

function startedTask(
  { node, kind, title, reasons }: Extract<Event, { type: 'node-started' }>,
  { atMs, cwd }: ReduceOptions,
): Task {
  return {
    id: node,
    kind,
    title: shownTitle(title, cwd),
    startedMs: atMs,
    doneBytes: 0,
    reason: kind === 'output' ? '' : formatReasons(reasons),
  };
}

/** Outputs are titled `TARGET → PLACE`. */
function shownTitle(title: string, cwd: string): string {
  return title.replace(/(?<= → )\/.*$/, (place) => shownPath(place, cwd));
}

/** What is watched follows in a state of its own, which begins with the first event that only a watch has. */
function watched(state: ScreenState, event: WatchEvent): ScreenState {
  const watch = reduceWatch(state.watch, event);
  return watch === undefined ? state : { ...state, watch };
}

function settle(state: ScreenState, event: Exclude<Event, { type: 'warning' }>, { cwd }: ReduceOptions): ScreenState {
  const fact = factOf(event, { verbose: false, cwd });
  return fact === undefined ? state : { ...state, settled: [...state.settled, fact] };
}

function begin(state: ScreenState, task: Task): ScreenState {
  return { ...state, running: [...state.running.filter(({ id }) => id !== task.id), task] };
}

function end(state: ScreenState, id: string): ScreenState {
  return { ...state, running: state.running.filter((task) => task.id !== id), over: new Set([...state.over, id]) };
}

function progress(
  state: ScreenState,
  id: string,
  { doneBytes, totalBytes }: { readonly doneBytes: number; readonly totalBytes?: number },
): ScreenState {
  const bytes = { doneBytes, ...(totalBytes === undefined ? {} : { totalBytes }) };
  return { ...state, running: state.running.map((task) => (task.id === id ? { ...task, ...bytes } : task)) };
}

/** A layer that is made is over; an output's end is told by its delivery. */
function finish(
  state: ScreenState,
  event: Extract<Event, { type: 'node-finished' }>,
  options: ReduceOptions,
): ScreenState {
  const reason = state.running.find(({ id }) => id === event.node)?.reason ?? '';
  const after = end(state, event.node);
  const fact = factOf(event, { verbose: false, cwd: options.cwd });
  if (fact === undefined) return after;
  const text = reason === '' ? fact.text : `${fact.text} (${reason})`;
  return { ...after, built: state.built + 1, settled: [...state.settled, { ...fact, text }] };
}

function fail(state: ScreenState, { node, error }: Extract<Event, { type: 'node-failed' }>): ScreenState {
  const after = end(state, node);
  if (error.code === 'interrupted') return after;
  const text = state.running.find(({ id }) => id === node)?.title ?? node;
  return { ...after, settled: [...state.settled, { role: 'bad', word: 'failed', text }] };
}

function download(
  state: ScreenState,
  event: Extract<Event, { type: 'download' }>,
  { atMs }: ReduceOptions,
): ScreenState {
  const id = `download ${event.what}`;
  if (event.finished === true) return { ...state, running: state.running.filter((task) => task.id !== id) };
  const isNew = !state.running.some((task) => task.id === id);
  const task: Task = { id, kind: 'download', title: `fetch ${event.what}`, startedMs: atMs, doneBytes: 0, reason: '' };
  return progress(isNew ? begin(state, task) : state, id, event);
}
