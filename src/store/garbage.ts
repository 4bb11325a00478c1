import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** So much of it may pile up. */
const pileBytes = 8 * 1024 * 1024;

let passedBytes = 0;
let collect: (() => void) | undefined;

/**
 * To be told of each chunk of a large blob or body that is passed on. Chunks lie outside of JavaScript's own heap, where
 * the engine hardly counts them: left alone, 60 to 100 MB that nobody holds any more wait for it to collect them, in long
 * collections. Short ones every 8 MiB cost less time than those, and keep the rest at 10 to 20 MB
 * (`npm run bench -- registry`).
 */
export function chunkPassed({ length }: Uint8Array): void {
  passedBytes += length;
  if (passedBytes < pileBytes) return;
  passedBytes = 0;
  collect ??= shortCollection();
  collect();
}

function shortCollection(): () => void {
  const gc = collector();
  return () => gc?.({ type: 'minor' });
}

type Collector = (options: { readonly type: 'minor' | 'major'; readonly flavor?: 'last-resort' }) => void;

function collector(): Collector | undefined {
  setFlagsFromString('--expose-gc');
  const gc: unknown = runInNewContext('globalThis.gc');
  return typeof gc === 'function' ? (options) => void gc(options) : undefined;
}

let isYoungKept = false;

/**
 * Makes V8's young generation, which grows to dozens of megabytes, small again and keeps it so; for those who are about
 * to pass on much. It takes some percent more time, which a run with nothing to do is spared.
 */
export function keepYoungSmall(): void {
  if (isYoungKept) return;
  isYoungKept = true;
  setFlagsFromString('--semi-space-growth-factor=1');
  collector()?.({ type: 'major', flavor: 'last-resort' });
}

/** So much of V8's heap may be garbage before it is looked for. */
const oldPileBytes = 20 * 1024 * 1024;
let usedBytes = Infinity;

/**
 * To be told when a large work is done that many objects were made for. They have grown old meanwhile, and V8 lets them
 * gather until there are three times as many as are in use.
 */
export function workDone(): void {
  const { used_heap_size: used } = getHeapStatistics();
  usedBytes = Math.min(usedBytes, used);
  if (used - usedBytes < oldPileBytes) return;
  collector()?.({ type: 'major' });
  usedBytes = getHeapStatistics().used_heap_size;
}
