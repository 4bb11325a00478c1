import { type ErrorCode, PycontainerError } from '../errors.ts';
import type { Emit, WarningCode } from '../events.ts';
import type { Repository } from '../registry/rules.ts';

/** What to say of a repository that fails. */
export interface DoorWords {
  readonly code: WarningCode & `cache-${string}`;
  /** Completes "HOST/REPOSITORY …". */
  readonly message: string;
  readonly hint: string;
}

/**
 * The way to repositories that a build can do without. One request goes first, the others when it has come back: so one
 * that is down, or wants a login, is asked once, told in one warning and left alone from then on.
 */
export class Doors {
  readonly #emit: Emit;
  readonly #words: DoorWords;
  readonly #first = new Map<string, Promise<unknown>>();
  readonly #closed = new Set<string>();

  constructor(emit: Emit, words: DoorWords) {
    this.#emit = emit;
    this.#words = words;
  }

  /** undefined when the repository fails, or did before. What is not its fault is thrown. */
  async through<T>(repository: Repository, ask: () => Promise<T>): Promise<T | undefined> {
    const name = repositoryName(repository);
    const first = this.#first.get(name);
    if (first !== undefined) {
      await first;
      return this.#guarded(name, ask);
    }
    const asked = this.#guarded(name, ask);
    this.#first.set(
      name,
      asked.catch(() => undefined),
    );
    return asked;
  }

  async #guarded<T>(name: string, ask: () => Promise<T>): Promise<T | undefined> {
    if (this.#closed.has(name)) return undefined;
    try {
      return await ask();
    } catch (error) {
      if (!isOthersFault(error)) throw error;
      if (!this.#closed.has(name)) this.#tell(name, error);
      this.#closed.add(name);
      return undefined;
    }
  }

  #tell(name: string, error: PycontainerError): void {
    const { code, message, hint } = this.#words;
    const why = error.hint === undefined ? '' : ` ${error.hint}`;
    this.#emit({ type: 'warning', code, message: `${name} ${message}: ${error.message}`, hint: `${hint}${why}` });
  }
}

/** As users write it: `ghcr.io/acme/cache`. */
export function repositoryName({ host, repository }: Repository): string {
  return `${host}/${repository}`;
}

const ours: ReadonlySet<ErrorCode> = new Set([
  'internal',
  'interrupted',
  'disk-full',
  'store-unusable',
  'store-blob-missing',
  'store-blob-damaged',
]);

/** Whether the failure is one of a registry, or of the way to it. */
export function isOthersFault(error: unknown): error is PycontainerError {
  return error instanceof PycontainerError && !ours.has(error.code);
}
