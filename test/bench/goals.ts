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
  /** Of the limit and of what was found; `×` when absent. */
  readonly unit?: '×' | 'ms' | 'MB' | 'layers';
}

/** Every goal with what was found. */
export function goalsTable(goals: readonly Goal[]): string {
  return markdownTable(
    ['goal', 'wanted', 'found', 'met'],
    goals.map((goal) => [goal.job, goal.wanted, foundWords(goal), metWords(goal)]),
  );
}

/** `9 of 12 goals are met, 1 was not measured.` */
export function goalsSentence(goals: readonly Goal[]): string {
  const met = goals.filter((goal) => isMet(goal) === true).length;
  const open = goals.filter((goal) => isMet(goal) === undefined).length;
  return `${met} of ${goals.length} goals are met${open === 0 ? '' : `, ${open} could not be measured`}.`;
}

function isMet({ found, limit, bound }: Goal): boolean | undefined {
  if (found === undefined) return undefined;
  return bound === 'most' ? found <= limit : found >= limit;
}

function metWords(goal: Goal): string {
  const met = isMet(goal);
  if (met === undefined) return 'not measured';
  return met ? 'yes' : 'NO';
}

function foundWords({ found, unit = '×' }: Goal): string {
  if (found === undefined) return '–';
  if (unit === 'layers') return `${found} ${found === 1 ? 'layer' : 'layers'}`;
  return `${unit === '×' ? found.toFixed(2) : found.toFixed(found < 100 ? 1 : 0)} ${unit}`;
}
