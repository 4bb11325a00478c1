/**
 * When a watch looks again. Pure: the clock comes in with each input, and what is to be done goes out as effects. One
 * round runs at a time; whatever changes meanwhile makes exactly one more.
 */
export interface Schedule {
  readonly isRunning: boolean;
  /** Changes that no round has begun to look at. */
  readonly pending?: Burst;
  /** The last change that the latest round looked at. */
  readonly lookedAtMs: number;
  /** For so many rounds more it waits long, since a save came in two parts. */
  readonly patience: number;
}

interface Burst {
  readonly firstMs: number;
  readonly lastMs: number;
}

export type Input =
  /** Something may have changed. */
  | 'change'
  /** The time that was asked for has come. */
  | 'wake'
  /** The round is over, well or not. */
  | 'end';

export type Effect =
  | { readonly kind: 'run' }
  /** Give the input 'wake' then; a later one takes the place of an earlier one. */
  | { readonly kind: 'wake'; readonly atMs: number };

export interface Step {
  readonly schedule: Schedule;
  readonly effects: readonly Effect[];
}

/** A burst is over after so long without a change: a save by truncation and writing takes less. */
export const quietMs = 5;
/** The same where formatters write once more behind a save. */
export const patientQuietMs = 60;
/** A burst that does not end is looked at after so long, so that a steady stream starves nothing. */
export const longestBurstMs = 500;
/** How many rounds it takes to find out that saves come in one part again. */
const patientRounds = 8;

export const idle: Schedule = { isRunning: false, lookedAtMs: Number.NEGATIVE_INFINITY, patience: 0 };

/** The schedule after an input at a time, which never goes back. */
export function step(schedule: Schedule, input: Input, atMs: number): Step {
  const next =
    input === 'change' ? changed(schedule, atMs) : input === 'end' ? { ...schedule, isRunning: false } : schedule;
  return begin(next, atMs);
}

function changed(schedule: Schedule, atMs: number): Schedule {
  const { pending, lookedAtMs } = schedule;
  const beforeMs = pending?.lastMs ?? lookedAtMs;
  const gapMs = atMs - beforeMs;
  const isSecondPart = gapMs > quietMs && gapMs <= patientQuietMs;
  return {
    ...schedule,
    pending: { firstMs: pending?.firstMs ?? atMs, lastMs: atMs },
    ...(isSecondPart ? { patience: patientRounds } : {}),
  };
}

function begin(schedule: Schedule, atMs: number): Step {
  const { pending, isRunning, patience } = schedule;
  if (pending === undefined || isRunning) return { schedule, effects: [] };
  const dueMs = Math.min(pending.lastMs + (patience > 0 ? patientQuietMs : quietMs), pending.firstMs + longestBurstMs);
  if (atMs < dueMs) return { schedule, effects: [{ kind: 'wake', atMs: dueMs }] };
  const running: Schedule = { isRunning: true, lookedAtMs: pending.lastMs, patience: Math.max(0, patience - 1) };
  return { schedule: running, effects: [{ kind: 'run' }] };
}
