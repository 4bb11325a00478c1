/** Where two lists differ: before `from` they hold the same, and so they do behind their ends. */
export interface Stretch {
  readonly from: number;
  /** Exclusive, in the one list and in the other. */
  readonly endBefore: number;
  readonly endNow: number;
}

/** The shortest stretch outside of which two lists hold the same. Default: the same objects. */
export function stretchBetween<T>(
  before: readonly T[],
  now: readonly T[],
  isSame: (a: T | undefined, b: T | undefined) => boolean = Object.is,
): Stretch {
  let from = 0;
  let [endBefore, endNow] = [before.length, now.length];
  while (from < Math.min(endBefore, endNow) && isSame(before[from], now[from])) from += 1;
  while (endBefore > from && endNow > from && isSame(before[endBefore - 1], now[endNow - 1])) {
    endBefore -= 1;
    endNow -= 1;
  }
  return { from, endBefore, endNow };
}
