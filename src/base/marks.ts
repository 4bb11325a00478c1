/** Longer than anything that is looked for, so that nothing is lost between two chunks. */
const overlapBytes = 512;
const markLimit = 64;

const patterns: readonly RegExp[] = [
  /[\0/](?<mark>\d\.\d{1,2}\.\d{1,3}(?:(?:a|b|rc)\d{1,2})?)\+?(?=\0)/g,
  /(?<mark>GNU C Library [^\n\0]{0,300}?version \d+\.\d+)(?=\D)/g,
];

/**
 * Collects what tells versions in a binary, chunk by chunk: strings that are nothing but a version (`3.11.2`, as
 * PY_VERSION and musl's version stand there, or as the end of a path: linkers let one string be the tail of another) and
 * the banner of glibc.
 */
export class MarkFinder {
  readonly #found = new Set<string>();
  #tail = '';

  add(chunk: Buffer): void {
    const text = this.#tail + chunk.toString('latin1');
    for (const pattern of patterns) {
      for (const match of text.matchAll(pattern)) {
        const mark = match.groups?.['mark'];
        if (mark !== undefined && this.#found.size < markLimit) this.#found.add(mark);
      }
    }
    this.#tail = text.slice(-overlapBytes);
  }

  /** In the order of the file, each once. */
  get marks(): readonly string[] {
    return [...this.#found];
  }
}
