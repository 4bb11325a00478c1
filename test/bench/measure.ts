import type { Measured } from './measured.ts';
import type { Bench } from './session.ts';

/** What a job says of itself where wall time around it would count too much, or memory matters. */
export interface Sample {
  readonly ms?: number;
  readonly peakBytes?: number;
}

export interface Job {
  readonly name: string;
  /** Not timed. */
  readonly prepare?: (signal: AbortSignal) => unknown;
  /** Timed. The signal fires when its time is up. */
  readonly run: (signal: AbortSignal) => Promise<Sample | undefined> | Promise<void> | Sample | undefined | void;
}

export interface CompareOptions {
  /** As many as the bench is asked for when absent. */
  readonly runs?: number;
  /** A job that has taken so long in all its runs is not run again, and has fewer. */
  readonly enoughMs?: number;
}

type Course = Pick<Bench, 'runs' | 'signal' | 'bounded'>;

/**
 * Runs jobs by turns, so that all of them see the same machine; each turn begins with another one, since what a job
 * leaves to be written to the disk slows the next. One that fails is not tried again.
 */
export async function compare(bench: Course, jobs: readonly Job[], options: CompareOptions = {}): Promise<Measured[]> {
  const { runs = bench.runs, enoughMs = Infinity } = options;
  const tallies = jobs.map((job) => new Tally(job));
  for (let turn = 0; turn < runs; turn++) {
    for (const offset of jobs.keys()) {
      const tally = tallies[(turn + offset) % jobs.length];
      if (tally?.isOver(enoughMs) === false) await tally.run(bench);
    }
  }
  return tallies.map((tally) => tally.measured());
}

/** One job, and what its runs have given. */
class Tally {
  readonly #job: Job;
  readonly #times: number[] = [];
  readonly #peaksBytes: number[] = [];
  #failure: string | undefined;

  constructor(job: Job) {
    this.#job = job;
  }

  isOver(enoughMs: number): boolean {
    return this.#failure !== undefined || this.#times.reduce((sum, ms) => sum + ms, 0) >= enoughMs;
  }

  async run(bench: Course): Promise<void> {
    try {
      const { ms, peakBytes } = await once(bench, this.#job);
      this.#times.push(ms);
      if (peakBytes !== undefined) this.#peaksBytes.push(peakBytes);
    } catch (error) {
      bench.signal.throwIfAborted();
      this.#failure = error instanceof Error ? error.message : String(error);
    }
  }

  measured(): Measured {
    const { name } = this.#job;
    const peaksBytes = this.#peaksBytes;
    if (this.#failure === undefined) return { name, times: this.#times, peaksBytes };
    return { name, times: [], peaksBytes, failure: this.#failure };
  }
}

async function once(bench: Course, { prepare, run }: Job): Promise<{ ms: number; peakBytes?: number }> {
  await prepare?.(bench.bounded());
  const signal = bench.bounded();
  const start = performance.now();
  const sample = await run(signal);
  return { ms: performance.now() - start, ...sample };
}
