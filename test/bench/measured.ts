export interface Measured {
  readonly name: string;
  /** In the order of the runs; empty when the job failed. */
  readonly times: readonly number[];
  readonly peaksBytes: readonly number[];
  /** Why there are no figures. */
  readonly failure?: string;
}

/** Undefined of nothing. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}

/** The value that so large a share of them stays below; undefined of nothing. */
export function percentile(values: readonly number[], share: number): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];
}

/** How many times as long the first took as the second, by their medians; undefined where one failed. */
export function ratio(first: Measured | undefined, second: Measured | undefined): number | undefined {
  const [a, b] = [median(first?.times ?? []), median(second?.times ?? [])];
  return a === undefined || b === undefined ? undefined : a / b;
}

/** The result of a job by its name. */
export function named(results: readonly Measured[], name: string): Measured | undefined {
  return results.find((result) => result.name === name);
}
