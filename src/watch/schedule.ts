/**
 * When a watch looks again. Pure: the clock comes in with each input, and what is to be done goes out as effects. One
 * round runs at a time; whatever changes meanwhile makes exactly one more.
 *
 * A round may begin early, while the burst of changes that it looks at may still go on. Until it is said to stand it is
 * not to be noticed; when more changes it is void, and the next one waits until the burst is over.
 */
export interface Schedule {
  readonly running?: Running;
  /** Changes that no round has begun to look at, or only a void one. */
  readonly pending?: Burst;
  /** The last change that the latest round looked at. */
  readonly lookedAtMs: number;
  /** For so many rounds more it waits long, since a save came in two parts. */
  readonly patience: number;
}

interface Burst {
  readonly firstMs: number;
  readonly lastMs: number;
  /** A round began too early. */
  readonly isAgain: boolean;
}

interface Running {
  readonly state: 'early' | 'standing' | 'void';
  readonly burst: Burst;
  /** When it stands, if nothing more changes. */
  readonly standsMs: number;
}

export type Input =
  /** Something may have changed. */
  | 'change'
  /** The time that was asked for has come. */
  | 'wake'
  /** The round is over, well or not; one that began early ends only when it stands or is void. */
  | 'end';

export type Effect =
  | { readonly kind: 'run' }
  /** What the round found may be told, and what it made delivered. */
  | { readonly kind: 'stand' }
  /** The round is to end, unnoticed. */
  | { readonly kind: 'void' }
  /** Give the input 'wake' then; a later one takes the place of an earlier one. */
  | { readonly kind: 'wake'; readonly atMs: number };

export interface Step {
  readonly schedule: Schedule;
  readonly effects: readonly Effect[];
}

/** The first round of a burst begins after so long without a change: most saves are whole by then. */
export const leadMs = 1;
/** A burst is over after so long without a change: a save by truncation and writing takes less. */
export const quietMs = 5;
/** The same where formatters write once more behind a save. */
export const patientQuietMs = 60;
/** A burst that does not end is looked at after so long, so that a steady stream starves nothing. */
export const longestBurstMs = 500;
/** How many rounds it takes to find out that saves come in one part again. */
const patientRounds = 8;

export const idle: Schedule = { lookedAtMs: Number.NEGATIVE_INFINITY, patience: 0 };

/** The schedule after an input at a time, which never goes back. */
export function step(schedule: Schedule, input: Input, atMs: number): Step {
  if (input === 'change') return changed(schedule, atMs);
  if (input === 'wake') return proceed(schedule, atMs);
  const { running: _, ...rest } = schedule;
  return proceed(rest, atMs);
}

function changed(schedule: Schedule, atMs: number): Step {
  const { pending, running, lookedAtMs } = schedule;
  const gapMs = atMs - (pending?.lastMs ?? lookedAtMs);
  const isSecondPart = gapMs > quietMs && gapMs <= patientQuietMs;
  const patience = isSecondPart ? patientRounds : schedule.patience;
  if (running?.state !== 'early') {
    const { firstMs = atMs, isAgain = false } = pending ?? {};
    return proceed({ ...schedule, patience, pending: { firstMs, lastMs: atMs, isAgain } }, atMs);
  }
  const next: Schedule = {
    ...schedule,
    patience,
    running: { ...running, state: 'void' },
    pending: { ...running.burst, lastMs: atMs, isAgain: true },
  };
  return { schedule: next, effects: [{ kind: 'void' }] };
}

/** Has the round that runs stand when it may, or begins the next one. */
function proceed(schedule: Schedule, atMs: number): Step {
  const { pending, running, patience } = schedule;
  if (running?.state === 'early') {
    const { standsMs } = running;
    if (atMs < standsMs) return { schedule, effects: [{ kind: 'wake', atMs: standsMs }] };
    return { schedule: { ...schedule, running: { ...running, state: 'standing' } }, effects: [{ kind: 'stand' }] };
  }
  if (running !== undefined || pending === undefined) return { schedule, effects: [] };
  const standsMs = endOf(pending, patience);
  const dueMs = pending.isAgain ? standsMs : Math.min(pending.lastMs + leadMs, standsMs);
  if (atMs < dueMs) return { schedule, effects: [{ kind: 'wake', atMs: dueMs }] };
  const begun: Schedule = {
    running: { state: 'early', burst: pending, standsMs },
    lookedAtMs: pending.lastMs,
    patience: Math.max(0, patience - 1),
  };
  const { schedule: next, effects } = proceed(begun, atMs);
  return { schedule: next, effects: [{ kind: 'run' }, ...effects] };
}

/** When a burst is over, if nothing more changes. */
function endOf({ firstMs, lastMs }: Burst, patience: number): number {
  return Math.min(lastMs + (patience > 0 ? patientQuietMs : quietMs), firstMs + longestBurstMs);
}
