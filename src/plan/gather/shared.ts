/** Does each piece of work once, however many targets and platforms want it. A failure is kept like a result. */
export class Shared {
  readonly #works: Map<string, Work>;

  constructor(works: ReadonlyMap<string, Work> = new Map()) {
    this.#works = new Map(works);
  }

  /** Whether nothing was done yet. */
  get isNew(): boolean {
    return this.#works.size === 0;
  }

  /** Works of these kinds alone, which are not done again. */
  only(kinds: ReadonlySet<string>): Shared {
    return new Shared(new Map([...this.#works].filter(([, { kind }]) => kinds.has(kind))));
  }

  async once<T>(kind: string, key: unknown, work: () => Promise<T>): Promise<T> {
    const name = `${kind} ${JSON.stringify(key)}`;
    const known = this.#works.get(name)?.result as Promise<T> | undefined;
    if (known !== undefined) return known;
    const result = work();
    this.#works.set(name, { kind, result });
    return result;
  }
}

interface Work {
  readonly kind: string;
  readonly result: Promise<unknown>;
}
