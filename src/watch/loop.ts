import type { Turn } from '../build/context.ts';
import { Doubts } from './doubts.ts';
import { FolderWatcher } from './folders.ts';
import { type Effect, idle, type Input, type Schedule, step } from './schedule.ts';
import { GivenTurn, isStanding } from './turn.ts';

export interface LoopOptions {
  /**
   * Looks at things as they are now, and does what is to be done. Answers with the folders whose changes matter, each
   * without what is below it. Must not throw.
   * @param turn says when it may tell and deliver; when it is void, the round is to end soon, and its answer counts too
   * @param firstMs when the first of the changes came that it looks at, on the clock of performance.now()
   * @param changedIn folders in which something may have changed since the round before; absent: anywhere
   */
  readonly round: (turn: Turn, firstMs: number, changedIn?: ReadonlySet<string>) => Promise<Iterable<string>>;
  /** Looks at least this often, events or none, and always at everything; for file systems without events. */
  readonly pollMs?: number;
  /** After so long without a round everything is looked at, lest an event was lost. */
  readonly checkMs?: number;
  /** The system watches no more folders, so the loop polls from now on. Called once. */
  readonly onRefusal: (code: string) => void;
  /** Given what has everything looked at. */
  readonly onReady?: (look: () => void) => void;
  /** Ends the loop; a round that runs is waited for. */
  readonly signal: AbortSignal;
}

/** Where the system refuses to tell of changes. */
const pollInsteadMs = 1000;
/** By then a file that is found as it was is known to be: its times are older than the clock's grain. */
const checkAfterMs = 2500;
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
  readonly #doubts = new Doubts();
  #schedule: Schedule = idle;
  #turn: GivenTurn | undefined;
  #pollMs: number | undefined;
  #waking: NodeJS.Timeout | undefined;
  #polling: NodeJS.Timeout | undefined;
  #checking: NodeJS.Timeout | undefined;

  constructor(options: LoopOptions, end: () => void, fail: (error: unknown) => void) {
    this.#options = options;
    this.#end = end;
    this.#fail = fail;
    this.#pollMs = options.pollMs;
    this.#folders = new FolderWatcher({
      onChange: (folder, mayBeGone) => this.#changed(mayBeGone ? undefined : folder),
      onRefusal: (code) => this.#refused(code),
    });
  }

  start(): void {
    const { signal } = this.#options;
    signal.addEventListener('abort', () => this.#stop(), { once: true });
    if (signal.aborted) return this.#stop();
    this.#options.onReady?.(() => this.#changed());
    this.#changed();
  }

  /** Where no folder is given, anywhere. */
  #changed(folder?: string): void {
    if (folder === undefined) this.#doubts.everywhere();
    else this.#doubts.in(folder);
    this.#give('change');
  }

  #give(input: Input): void {
    if (this.#options.signal.aborted) return;
    const firstMs = this.#schedule.pending?.firstMs;
    const { schedule, effects } = step(this.#schedule, input, performance.now());
    this.#schedule = schedule;
    for (const effect of effects) this.#follow(effect, firstMs);
  }

  #follow(effect: Effect, firstMs: number | undefined): void {
    switch (effect.kind) {
      case 'run':
        this.#turn = new GivenTurn(this.#options.signal);
        void this.#run(this.#turn, firstMs ?? performance.now());
        break;
      case 'stand':
        this.#turn?.stand();
        break;
      case 'void':
        this.#turn?.void();
        break;
      case 'wake':
        this.#wakeAt(effect.atMs);
    }
  }

  #wakeAt(atMs: number): void {
    clearTimeout(this.#waking);
    // A timer may fire a little early; then the schedule asks again.
    this.#waking = setTimeout(() => this.#give('wake'), Math.max(0, atMs - performance.now()));
  }

  async #run(given: GivenTurn, firstMs: number): Promise<void> {
    using turn = given;
    clearTimeout(this.#polling);
    clearTimeout(this.#checking);
    const startedMs = performance.now();
    if (this.#pollMs !== undefined) this.#doubts.everywhere();
    const changedIn = this.#doubts.take(startedMs);
    try {
      const folders = await this.#options.round(turn, firstMs, changedIn);
      await isStanding(turn);
      if (this.#options.signal.aborted) return this.#end();
      // What happened in a folder before it was watched is looked at once more.
      for (const folder of this.#folders.update(folders)) this.#changed(folder);
    } catch (error) {
      this.#folders.close();
      this.#fail(error);
      return;
    }
    this.#pollAfter(performance.now() - startedMs);
    if (changedIn !== undefined) this.#checkAfter(this.#options.checkMs ?? checkAfterMs);
    this.#give('end');
  }

  #checkAfter(restMs: number): void {
    this.#checking = setTimeout(() => this.#changed(), restMs);
  }

  #pollAfter(roundMs: number): void {
    if (this.#pollMs === undefined) return;
    this.#polling = setTimeout(() => this.#changed(), Math.max(this.#pollMs, roundMs * pollShare));
  }

  #refused(code: string): void {
    if (this.#pollMs !== undefined) return;
    this.#pollMs = pollInsteadMs;
    this.#options.onRefusal(code);
  }

  #stop(): void {
    clearTimeout(this.#waking);
    clearTimeout(this.#polling);
    clearTimeout(this.#checking);
    this.#folders.close();
    if (this.#schedule.running === undefined) this.#end();
  }
}
