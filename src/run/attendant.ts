import { setTimeout as wait } from 'node:timers/promises';
import { PycontainerError } from '../errors.ts';
import type { Emit } from '../events.ts';
import { type Container, waitForContainer } from '../engine/container.ts';
import type { Engine } from '../engine/engine.ts';
import { containerLog } from '../engine/log.ts';
import { healthChanges } from './health.ts';

export interface AttendOptions {
  readonly engine: Engine;
  readonly emit: Emit;
  readonly target: string;
  /** How often its health is checked; undefined where it is not. */
  readonly checkEveryMs: number | undefined;
  /** Only what is written from now on is told, not what it wrote since it started. */
  readonly isOld: boolean;
}

/** How long a log may go on behind the end of its container: Podman does not end one where it keeps no events. */
const lastWordsMs = 1_000;

/** Follows one run of a container, from a start to its end: tells its log, its health, and how it ended. */
export class Attendant {
  readonly #options: AttendOptions;
  readonly #container: Container;
  readonly #left = new AbortController();
  #isExpected = false;
  /** Its exit status; undefined when it was left before, or its end was expected. Rejects when the engine is gone. */
  readonly ended: Promise<number | undefined>;

  constructor(container: Container, options: AttendOptions) {
    this.#container = container;
    this.#options = options;
    this.ended = this.#attend();
    this.ended.catch(() => undefined);
  }

  /** Its end comes from us, and is nothing to tell of. */
  expectEnd(): void {
    this.#isExpected = true;
  }

  /** Stops following at once, whether it runs or not. */
  leave(): void {
    this.#isExpected = true;
    this.#left.abort(new PycontainerError('interrupted', 'Stopped'));
  }

  async #attend(): Promise<number | undefined> {
    const { engine, emit, target } = this.#options;
    const { id, name } = this.#container;
    const { signal } = this.#left;
    const log = this.#tellLog();
    const health = this.#options.checkEveryMs === undefined ? undefined : this.#tellHealth();
    try {
      const exitCode = await waitForContainer(engine, id, signal);
      await Promise.race([log, wait(lastWordsMs, undefined, { ref: false })]);
      if (this.#isExpected) return undefined;
      emit({ type: 'container', target, name, state: 'exited', exitCode });
      return exitCode;
    } catch (error) {
      if (signal.aborted || isGone(error)) return undefined;
      throw error;
    } finally {
      this.#left.abort(new PycontainerError('interrupted', 'Stopped'));
      await health;
    }
  }

  /** A log that breaks off is no reason to end. */
  async #tellLog(): Promise<void> {
    const { engine, emit, target, isOld } = this.#options;
    const { id, startedAt } = this.#container;
    const { signal } = this.#left;
    try {
      const options = isOld ? { tail: 0 } : { since: startedAt };
      for await (const line of containerLog(engine, id, { follow: true, signal, ...options }))
        emit({ type: 'log', target, ...line });
    } catch (error) {
      if (!(error instanceof PycontainerError) && !signal.aborted) throw error;
    }
  }

  async #tellHealth(): Promise<void> {
    const { engine, emit, target, checkEveryMs } = this.#options;
    const { id, name } = this.#container;
    try {
      for await (const { isRunning, health } of healthChanges(engine, id, this.#left.signal, checkEveryMs)) {
        if (isRunning && (health === 'healthy' || health === 'unhealthy'))
          emit({ type: 'container', target, name, state: health });
      }
    } catch (error) {
      if (!(error instanceof PycontainerError) && !this.#left.signal.aborted) throw error;
    }
  }
}

function isGone(error: unknown): boolean {
  return error instanceof PycontainerError && error.code === 'engine-not-found';
}
