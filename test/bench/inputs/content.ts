import { createCipheriv, createHash } from 'node:crypto';

const words = 800;
const phrases = 400;
const instructions = 500;

/**
 * Bytes as they are found in Python packages, the same for the same seed on every machine: text that gzip makes
 * a quarter of, machine code that it makes two fifths of, and bytes that are compressed already.
 */
export class Contents {
  readonly #vocabulary: readonly Buffer[];
  readonly #phrases: readonly Buffer[];
  readonly #code: readonly Buffer[];
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 1;
    this.#vocabulary = Array.from({ length: words }, () => this.#word());
    this.#phrases = Array.from({ length: phrases }, () => this.#phrase());
    this.#code = Array.from({ length: instructions }, () => this.noise(2 + this.below(6)));
  }

  /** At least 0, below the limit. */
  below(limit: number): number {
    return Math.floor(this.#next() * limit);
  }

  /** Indented lines of words and phrases, a few of them very frequent. */
  text(sizeBytes: number): Buffer {
    const target = Buffer.allocUnsafe(sizeBytes);
    let at = 0;
    while (at < sizeBytes) {
      at = append(target, at, this.#pick(indents, 1));
      for (let left = 1 + this.below(3); left > 0; left--) {
        at = append(target, at, this.below(2) === 0 ? this.#pick(this.#vocabulary, 3) : this.#pick(this.#phrases, 3));
        at = append(target, at, this.#pick(separators, 1));
      }
      at = append(target, at, newline);
    }
    return target;
  }

  /** Short sequences, a few of them very frequent, with operands between them. */
  code(sizeBytes: number): Buffer {
    const target = Buffer.allocUnsafe(sizeBytes);
    let at = 0;
    while (at < sizeBytes) {
      at = append(target, at, this.#pick(this.#code, 4));
      if (this.below(8) === 0) at = append(target, at, Buffer.of(this.below(256), this.below(4)));
    }
    return target;
  }

  /** What no packer makes smaller. */
  noise(sizeBytes: number): Buffer {
    const key = createHash('md5')
      .update(String(this.below(2 ** 31)))
      .digest();
    return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(sizeBytes));
  }

  #word(): Buffer {
    const letters = 2 + this.below(9);
    return Buffer.from(Array.from({ length: letters }, () => 97 + this.below(26)));
  }

  #phrase(): Buffer {
    const parts = Array.from({ length: 3 + this.below(4) }, () => [
      this.#pick(this.#vocabulary, 3),
      this.#pick(separators, 1),
    ]);
    return Buffer.concat(parts.flat());
  }

  /** One of the list, the first ones the more often the higher the skew; 1 for all alike. */
  #pick(list: readonly Buffer[], skew: number): Buffer {
    return list[Math.floor(list.length * this.#next() ** skew)] ?? newline;
  }

  /** xorshift32. */
  #next(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return (state >>> 0) / 2 ** 32;
  }
}

const newline = Buffer.from('\n');
const indents = ['', '    ', '    ', '        ', '        ', '            '].map((text) => Buffer.from(text));
const separators = [' ', ' ', '.', '(', ', ', ' = ', ')', ': '].map((text) => Buffer.from(text));

function append(target: Buffer, at: number, bytes: Buffer): number {
  return at + bytes.copy(target, at);
}
