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

/**
 * Runs jobs by turns, so that all of them see the same machine; each turn begins with another one, since what a job
 * leaves to be written to the disk slows the next. One that fails is not tried again.
 */
export async function compare(bench: Bench, jobs: readonly Job[], runs: number = bench.runs): Promise<Measured[]> {
  const results = jobs.map(({ name }) => ({ name, times: [] as number[], peaksBytes: [] as number[], failure: '' }));
  for (let turn = 0; turn < runs; turn++) {
    for (const offset of jobs.keys()) {
      const index = (turn + offset) % jobs.length;
      const [job, result] = [jobs[index], results[index]];
      if (job === undefined || result === undefined || result.failure !== '') continue;
      try {
        const { ms, peakBytes } = await once(bench, job);
        result.times.push(ms);
        if (peakBytes !== undefined) result.peaksBytes.push(peakBytes);
      } catch (error) {
        bench.signal.throwIfAborted();
        result.failure = error instanceof Error ? error.message : String(error);
      }
    }
  }
  return results.map(({ failure, times, ...rest }) =>
    failure === '' ? { ...rest, times } : { ...rest, times: [], failure },
  );
}

async function once(bench: Bench, { prepare, run }: Job): Promise<{ ms: number; peakBytes?: number }> {
  await prepare?.(bench.bounded());
  const signal = bench.bounded();
  const start = performance.now();
  const sample = await run(signal);
  return { ms: performance.now() - start, ...sample };
}
