import { redact } from '../../errors.ts';
import type { Event } from '../../events.ts';
import type { Console } from '../console.ts';

/** What a command told, in order. */
export type Said = { readonly event: Event } | { readonly result: string };

/** Takes down what a command tells, for as long as it is one that has nothing to do. */
export class Listener {
  readonly console: Console;
  #said: Said[] | undefined = [];
  #isPlanned = false;

  /** @param onWork is called once there is something to do */
  constructor(console: Console, onWork: () => void) {
    const hear = (said: Said): void => void this.#said?.push(said);
    this.console = {
      ...console,
      emit: (event) => {
        if (event.type === 'planned') this.#isPlanned = true;
        if (isWork(event)) {
          this.#said = undefined;
          onWork();
        }
        hear({ event });
        console.emit(event);
      },
      result: (result) => {
        hear({ result });
        console.result(result);
      },
    };
  }

  /** undefined where there was something to do, or nothing was planned. */
  get said(): readonly Said[] | undefined {
    return this.#isPlanned ? this.#said : undefined;
  }
}

/** An output is always gone to; that it had to be written, the trace knows. */
function isWork(event: Event): boolean {
  return event.type === 'planned' ? event.stale > 0 : event.type === 'node-started' && event.kind !== 'output';
}

/** As it is shown, too. */
export function withoutSecrets(said: readonly Said[]): readonly Said[] {
  const copy = JSON.stringify(said, (_, value: unknown) => (typeof value === 'string' ? redact(value) : value));
  return JSON.parse(copy) as readonly Said[];
}

/** Tells the same again, with how long it took this time, and how many looks found what they had found before. */
export function sayAgain(said: readonly Said[], console: Console, durationMs: number, unchanged: number): void {
  for (const one of said) {
    if ('result' in one) console.result(one.result);
    else if (one.event.type === 'planned') console.emit({ ...one.event, durationMs, unchanged });
    else if (one.event.type === 'done') console.emit({ ...one.event, durationMs });
    else console.emit(one.event);
  }
}
