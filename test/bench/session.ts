import fs from 'node:fs';
import path from 'node:path';
import type { Goal } from './goals.ts';
import type { Programs } from './programs.ts';

export type Scale = 'small' | 'full';

export interface BenchOptions {
  readonly folder: string;
  readonly runs: number;
  readonly scale: Scale;
  /** For everything. */
  readonly minutes: number;
  /** The longest that one run of one job may take. */
  readonly limitMs: number;
  /** A folder of real wheels. */
  readonly wheels?: string;
  /** Only what the goals speak of is measured. */
  readonly isBrief: boolean;
  readonly programs: Programs;
  /** Fires when the whole bench is to end. */
  readonly signal: AbortSignal;
}

/** What the sections share: settings, a temporary folder, what programs are here, and where results go. */
export class Bench implements AsyncDisposable {
  readonly runs: number;
  readonly scale: Scale;
  readonly minutes: number;
  readonly wheels: string | undefined;
  readonly isBrief: boolean;
  readonly programs: Programs;
  readonly signal: AbortSignal;
  readonly goals: Goal[] = [];
  readonly #folder: string;
  readonly #ends = new AsyncDisposableStack();
  readonly #limitMs: number;

  constructor(options: BenchOptions) {
    this.runs = options.runs;
    this.scale = options.scale;
    this.minutes = options.minutes;
    this.wheels = options.wheels;
    this.isBrief = options.isBrief;
    this.programs = options.programs;
    this.signal = options.signal;
    this.#folder = options.folder;
    this.#limitMs = options.limitMs;
  }

  /** Below the bench's temporary folder; folders above it are made. */
  path(...parts: readonly string[]): string {
    const place = path.join(this.#folder, ...parts);
    fs.mkdirSync(path.dirname(place), { recursive: true });
    return place;
  }

  /** Fires when one run's time is up, or the bench is to end. */
  bounded(): AbortSignal {
    return AbortSignal.any([this.signal, AbortSignal.timeout(this.#limitMs)]);
  }

  pick<T>(values: Readonly<Record<Scale, T>>): T {
    return values[this.scale];
  }

  /** What is to be stopped when the bench ends, the last one first. */
  atEnd(resource: AsyncDisposable): void {
    this.#ends.use(resource);
  }

  say(text: string): void {
    console.log(`\n${text}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ends.disposeAsync();
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }
}
