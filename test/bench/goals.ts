import { markdownTable } from './table.ts';

/** A promise with a figure in it, and what this run found. */
export interface Goal {
  readonly job: string;
  /** In words: `at most 1.5 × inflate and hash`. */
  readonly wanted: string;
  readonly limit: number;
  /** Undefined when a part that it needs is not here, or failed. */
  readonly found: number | undefined;
  /** Whether `found` may not be more, or not be less, than the limit. */
  readonly bound: 'most' | 'least';
}

/** Every goal with what was found. */
export function goalsTable(goals: readonly Goal[]): string {
  return markdownTable(
    ['goal', 'wanted', 'found', 'met'],
    goals.map(({ job, wanted, found, limit, bound }) => {
      if (found === undefined) return [job, wanted, '–', 'not measured'];
      const isMet = bound === 'most' ? found <= limit : found >= limit;
      return [job, wanted, found.toFixed(2), isMet ? 'yes' : 'NO'];
    }),
  );
}
