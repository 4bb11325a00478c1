import type { PycontainerError } from '../errors.ts';
import type { Changed, ContainerEvent, Event, NodeStarted, Reason } from '../events.ts';

/** What a watch is at, as far as events have told. */
export interface WatchState {
  readonly targets: readonly string[];
  readonly files: number;
  /** A round is under way. */
  readonly isBusy: boolean;
  readonly lastChange?: Changed;
  /** Why what the last round made was stale. */
  readonly stale: readonly { readonly title: string; readonly reasons: readonly Reason[] }[];
  readonly lastDurationMs?: number;
  /** Of the last round, until one is good again. */
  readonly error?: PycontainerError;
  /** The last word of each container, by its target. */
  readonly containers: ReadonlyMap<string, ContainerEvent>;
}

/** Events that only a watch has, and those that it looks at too. */
export type WatchEvent =
  | Extract<Event, { type: 'watching' | 'changed' | 'rebuilt' | 'failed' | 'mended' | 'container' }>
  | NodeStarted;

const nothing: WatchState = { targets: [], files: 0, isBusy: false, stale: [], containers: new Map() };

/** The state after an event; undefined as long as nothing is watched. Pure. */
export function reduceWatch(state: WatchState | undefined, event: WatchEvent): WatchState | undefined {
  if (state === undefined) return event.type === 'node-started' ? undefined : reduceWatch(nothing, event);
  switch (event.type) {
    case 'container':
      return withContainer(state, event);
    case 'watching': {
      const { targets, files } = event;
      return { ...state, targets, files, isBusy: false };
    }
    case 'changed':
      return { ...state, isBusy: true, lastChange: event, stale: [] };
    case 'node-started': {
      const { title, reasons, kind } = event;
      return kind === 'output' ? state : { ...state, stale: [...state.stale, { title, reasons }] };
    }
    case 'rebuilt': {
      // A round that a person asked for has no change before it.
      const { error: _mended, lastChange, ...rest } = state;
      const change = state.isBusy && lastChange !== undefined ? { lastChange } : {};
      return { ...rest, ...change, targets: event.targets, isBusy: false, lastDurationMs: event.durationMs };
    }
    case 'failed':
      return { ...state, isBusy: false, error: event.error };
    case 'mended': {
      const { error: _mended, ...rest } = state;
      return rest;
    }
  }
}

function withContainer(state: WatchState, event: ContainerEvent): WatchState {
  const url = event.url ?? state.containers.get(event.target)?.url;
  const containers = new Map(state.containers);
  if (event.state === 'removed') containers.delete(event.target);
  else containers.set(event.target, { ...event, ...(url === undefined ? {} : { url }) });
  return { ...state, containers };
}
