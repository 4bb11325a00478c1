import type { Turn } from '../build/context.ts';

/** A turn as the one who gives it sees it. */
export class GivenTurn implements Turn, Disposable {
  readonly stands: Promise<void>;
  readonly #ended = new AbortController();
  readonly #watch: AbortSignal;
  readonly #resolve: () => void;
  readonly #end = (): void => this.#ended.abort(new Error('The round is void'));
  #hasStood = false;

  /** @param watch ends all turns */
  constructor(watch: AbortSignal) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    promise.catch(() => undefined);
    this.stands = promise;
    this.#resolve = resolve;
    this.signal.addEventListener('abort', () => reject(this.signal.reason), { once: true });
    this.#watch = watch;
    watch.addEventListener('abort', this.#end, { once: true });
  }

  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  stand(): void {
    this.#hasStood = true;
    this.#resolve();
  }

  /** The round is void, unless it stands. */
  void(): void {
    if (!this.#hasStood) this.#end();
  }

  [Symbol.dispose](): void {
    this.#watch.removeEventListener('abort', this.#end);
  }
}

/** Waits until it is known whether the round stands. */
export async function isStanding({ stands }: Turn): Promise<boolean> {
  return stands.then(
    () => true,
    () => false,
  );
}
