import { FolderWatcher } from './folders.ts';
import { idle, type Input, type Schedule, step } from './schedule.ts';

export interface LoopOptions {
  /**
   * Looks at everything as it is now, and does what is to be done. Answers with the folders whose changes matter, each
   * without what is below it. Must not throw.
   * @param firstMs when the first of the changes came that it looks at, on the clock of performance.now()
   */
  readonly round: (firstMs: number) => Promise<Iterable<string>>;
  /** Looks at least this often, events or none; for file systems without events. */
  readonly pollMs?: number;
  /** The system watches no more folders, so the loop polls from now on. Called once. */
  readonly onRefusal: (code: string) => void;
  /** Given what has everything looked at. */
  readonly onReady?: (look: () => void) => void;
  /** Ends the loop; a round that runs is waited for. */
  readonly signal: AbortSignal;
}

/** Where the system refuses to tell of changes. */
const pollInsteadMs = 1000;
/** Polling takes at most one part in so many of the time. */
const pollShare = 10;

/** Runs rounds, the first one at once, until the signal fires. */
export function loop(options: LoopOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    new Loop(options, resolve, reject).start();
  });
}

class Loop {
  readonly #options: LoopOptions;
  readonly #end: () => void;
  readonly #fail: (error: unknown) => void;
  readonly #folders: FolderWatcher;
  #schedule: Schedule = idle;
  #pollMs: number | undefined;
  #waking: NodeJS.Timeout | undefined;
  #polling: NodeJS.Timeout | undefined;

  constructor(options: LoopOptions, end: () => void, fail: (error: unknown) => void) {
    this.#options = options;
    this.#end = end;
    this.#fail = fail;
    this.#pollMs = options.pollMs;
    this.#folders = new FolderWatcher({
      onChange: () => this.#give('change'),
      onRefusal: (code) => this.#refused(code),
    });
  }

  start(): void {
    const { signal } = this.#options;
    signal.addEventListener('abort', () => this.#stop(), { once: true });
    if (signal.aborted) return this.#stop();
    this.#options.onReady?.(() => this.#give('change'));
    this.#give('change');
  }

  #give(input: Input): void {
    if (this.#options.signal.aborted) return;
    const firstMs = this.#schedule.pending?.firstMs;
    const { schedule, effects } = step(this.#schedule, input, performance.now());
    this.#schedule = schedule;
    for (const effect of effects) {
      if (effect.kind === 'run') void this.#run(firstMs ?? performance.now());
      else this.#wakeAt(effect.atMs);
    }
  }

  #wakeAt(atMs: number): void {
    clearTimeout(this.#waking);
    // A timer may fire a little early; then the schedule asks again.
    this.#waking = setTimeout(() => this.#give('wake'), Math.max(0, atMs - performance.now()));
  }

  async #run(firstMs: number): Promise<void> {
    clearTimeout(this.#polling);
    const startedMs = performance.now();
    try {
      const folders = await this.#options.round(firstMs);
      if (this.#options.signal.aborted) return this.#end();
      // What happened in a folder before it was watched is looked at once more.
      if (this.#folders.update(folders)) this.#give('change');
    } catch (error) {
      this.#folders.close();
      this.#fail(error);
      return;
    }
    this.#pollAfter(performance.now() - startedMs);
    this.#give('end');
  }

  #pollAfter(roundMs: number): void {
    if (this.#pollMs === undefined) return;
    this.#polling = setTimeout(() => this.#give('change'), Math.max(this.#pollMs, roundMs * pollShare));
  }

  #refused(code: string): void {
    if (this.#pollMs !== undefined) return;
    this.#pollMs = pollInsteadMs;
    this.#options.onRefusal(code);
  }

  #stop(): void {
    clearTimeout(this.#waking);
    clearTimeout(this.#polling);
    this.#folders.close();
    if (!this.#schedule.isRunning) this.#end();
  }
}
