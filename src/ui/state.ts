import type { Delivered, Event, WarningEvent } from '../events.ts';
import { type Fact, factOf } from './plain.ts';
import { shownPath } from './path.ts';
import { formatReasons } from './reason.ts';

/** What a screen shows, as far as events have told. */
export interface ScreenState {
  /** What is over, in order; only ever grows. */
  readonly settled: readonly Fact[];
  /** In the order in which they began. */
  readonly running: readonly Task[];
  /** Layers: there already, to be made, and made. */
  readonly fresh: number;
  readonly stale: number;
  readonly built: number;
  /** Each once. */
  readonly warnings: readonly WarningEvent[];
  readonly images: readonly Delivered[];
  /** Present when all is done. */
  readonly done?: Fact;
}

/** Something that takes time. */
export interface Task {
  readonly id: string;
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
  fresh: 0,
  stale: 0,
  built: 0,
  warnings: [],
  images: [],
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
      return { ...state, fresh: event.fresh, stale: event.stale, built: 0, running: [] };
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
    case 'node-failed': {
      if (event.error.code === 'interrupted') return end(state, event.node);
      const title = state.running.find(({ id }) => id === event.node)?.title ?? event.node;
      const failed: Fact = { role: 'bad', word: 'failed', text: title };
      return { ...end(state, event.node), settled: [...state.settled, failed] };
    }
    case 'download':
      return download(state, event, options);
    case 'delivered':
      return { ...state, images: [...state.images, event] };
    case 'warning':
      return state.warnings.some((known) => JSON.stringify(known) === JSON.stringify(event))
        ? state
        : { ...state, warnings: [...state.warnings, event] };
    case 'rebuilt':
      return { ...settle(state, event, options), running: [], images: [] };
    case 'done': {
      const done = factOf(event, { verbose: false, cwd: options.cwd });
      return { ...state, running: [], ...(done === undefined ? {} : { done }) };
    }
  }
}

/** Outputs are titled `TARGET → PLACE`. */
function shownTitle(title: string, cwd: string): string {
  return title.replace(/(?<= → )\/.*$/, (place) => shownPath(place, cwd));
}

function settle(state: ScreenState, event: Exclude<Event, { type: 'warning' }>, { cwd }: ReduceOptions): ScreenState {
  const fact = factOf(event, { verbose: false, cwd });
  return fact === undefined ? state : { ...state, settled: [...state.settled, fact] };
}

function begin(state: ScreenState, task: Task): ScreenState {
  return { ...state, running: [...state.running.filter(({ id }) => id !== task.id), task] };
}

function end(state: ScreenState, id: string): ScreenState {
  return { ...state, running: state.running.filter((task) => task.id !== id) };
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

function download(
  state: ScreenState,
  event: Extract<Event, { type: 'download' }>,
  { atMs }: ReduceOptions,
): ScreenState {
  const id = `download ${event.what}`;
  if (event.finished === true) return end(state, id);
  const isNew = !state.running.some((task) => task.id === id);
  const title = `fetch ${event.what}`;
  const begun = isNew ? begin(state, { id, title, startedMs: atMs, doneBytes: 0, reason: '' }) : state;
  return progress(begun, id, event);
}
