import type { Emit } from '../events.ts';
import type { Turn } from '../build/context.ts';

/** Events, and what else is to happen in their order, that wait for a turn to stand; where it is void, they never were. */
export class Held {
  readonly #emit: Emit;
  #waiting: (() => void)[] | undefined = [];

  constructor(emit: Emit, { stands }: Turn) {
    this.#emit = emit;
    void stands.then(
      () => this.#release(),
      () => undefined,
    );
  }

  readonly emit: Emit = (event) => this.after(() => this.#emit(event));

  /** Does it behind all that waits; at once where nothing does any more. */
  after(act: () => void): void {
    if (this.#waiting === undefined) act();
    else this.#waiting.push(act);
  }

  #release(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const act of waiting) act();
  }
}
