import { createCipheriv, createHash } from 'node:crypto';

const words = 1500;
const phrases = 150;
const opcodes = 500;
const farthestBytes = 30_000;

/** Of what lines are made; shares in percent. */
interface Style {
  /** Stretches that stood in this file before. */
  readonly repeated: number;
  /** Of what is not repeated: phrases and words that all files of a package have, and words of this file. */
  readonly phrases: number;
  readonly words: number;
  readonly fresh: number;
  /** From so many words of its own on, fresh ones become rare. */
  readonly fewWords: number;
}

const sourceCode: Style = { repeated: 54, phrases: 5, words: 9, fresh: 35, fewWords: 70 };
const proseLike: Style = { repeated: 33, phrases: 34, words: 24, fresh: 20, fewWords: 110 };

/**
 * Bytes as they are found in Python packages, the same for the same seed on every machine. How small gzip makes them,
 * alone and behind other files of their kind, is as in real packages: README.md in the folder above has the figures.
 */
export class Contents {
  readonly #vocabulary: readonly Buffer[];
  readonly #phrases: readonly Buffer[];
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 1;
    this.#vocabulary = Array.from({ length: words }, () => this.#word());
    this.#phrases = Array.from({ length: phrases }, () => this.#phrase());
  }

  /** At least 0, below the limit. */
  below(limit: number): number {
    return Math.floor(this.#next() * limit);
  }

  /** Source files: each has its own words, and says much the same again and again. */
  text(sizeBytes: number): Buffer {
    return this.#lines(sizeBytes, sourceCode);
  }

  /** Tables, translations, licences: more of what stands in other files too. */
  prose(sizeBytes: number): Buffer {
    return this.#lines(sizeBytes, proseLike);
  }

  /** Machine code: short sequences, a few of them very frequent, with operands between them, and tables of addresses. */
  code(sizeBytes: number): Buffer {
    const target = Buffer.allocUnsafe(sizeBytes);
    const sequences = Array.from({ length: opcodes }, () => this.noise(1 + this.below(4)));
    const tables = sizeBytes > 1 << 20 ? 45 + this.below(55) : 5 + this.below(25);
    let at = 0;
    while (at < sizeBytes) {
      const end = Math.min(sizeBytes, at + 500 + this.below(8000));
      at = this.below(100) < tables ? this.#addresses(target, at, end) : this.#instructions(target, at, end, sequences);
    }
    return target;
  }

  /** Small binary tables: numbers that grow, and words. */
  records(sizeBytes: number): Buffer {
    const target = Buffer.allocUnsafe(sizeBytes);
    let number = this.below(2 ** 30);
    for (let at = 0; at < sizeBytes;) {
      if (at > 0 && this.below(100) < 48) {
        at = this.#again(target, at, 4 + this.below(13));
        continue;
      }
      number += this.below(2 ** 19);
      at = append(target, at, Buffer.of(number >>> 24, number >>> 16, number >>> 8, number));
      if (this.below(100) < 18) at = append(target, at, this.#pick(this.#phrases, 1));
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

  #lines(sizeBytes: number, style: Style): Buffer {
    const target = Buffer.allocUnsafe(sizeBytes);
    const own = Array.from({ length: 10 }, () => this.#word());
    for (let at = 0; at < sizeBytes;) {
      if (at > 100 && this.below(100) < style.repeated) at = this.#again(target, at, 8 + this.below(60));
      else at = this.#line(target, at, own, style);
    }
    return target;
  }

  /** Some words, `own` or those of all files, with what may stand between them. */
  #line(target: Buffer, from: number, own: Buffer[], style: Style): number {
    let at = append(target, from, this.#pick(indents, 1));
    for (let left = 1 + this.below(3); left > 0; left--) {
      at = append(target, at, this.#saying(own, style));
      at = append(target, at, this.#pick(separators, 1));
    }
    return append(target, at, newline);
  }

  #saying(own: Buffer[], style: Style): Buffer {
    const kind = this.below(100) - style.fresh;
    if (kind < 0 && this.below(own.length + style.fewWords) < style.fewWords) {
      const word = this.#word();
      own.push(word);
      return word;
    }
    if (kind < style.phrases) return this.#pick(this.#phrases, 2);
    return kind < style.phrases + style.words ? this.#pick(this.#vocabulary, 3) : this.#pick(own, 2);
  }

  #instructions(target: Buffer, from: number, end: number, sequences: readonly Buffer[]): number {
    let at = from;
    while (at < end) {
      if (at > 0 && this.below(100) < 45) {
        at = this.#again(target, at, 3 + this.below(12));
        continue;
      }
      at = append(target, at, this.#pick(sequences, 3));
      if (this.below(4) === 0)
        at = append(target, at, Buffer.of(this.below(256), ...(this.below(2) === 0 ? [] : zeros)));
    }
    return at;
  }

  /** As a linker leaves them for the loader: a place, what is to be done, and an address. */
  #addresses(target: Buffer, from: number, end: number): number {
    let place = this.below(2 ** 24);
    let at = from;
    while (at < end) {
      place += this.below(4) === 0 ? 8 * this.below(16) : 8;
      const address = 16 * this.below(2 ** 18);
      const row = Buffer.alloc(24);
      row.writeUInt32LE(place, 0);
      row.writeUInt32LE(8, 8);
      row.writeUInt32LE(address, 16);
      at = append(target, at, row);
    }
    return at;
  }

  /** What stood there before, rather nearer than farther away. */
  #again(target: Buffer, at: number, lengthBytes: number): number {
    const from = at - 1 - Math.floor(Math.min(at - 1, farthestBytes) * this.#next() ** 2);
    return at + target.copy(target, at, from, Math.min(from + lengthBytes, at));
  }

  #word(): Buffer {
    const letters = 2 + this.below(9);
    return Buffer.from(Array.from({ length: letters }, () => alphabet[Math.floor(26 * this.#next() ** 1.5)] ?? 0));
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

/** The more frequent the earlier. */
const alphabet = Buffer.from('etaoinsrlcdpmufgbhyvkwxqjz');
const newline = Buffer.from('\n');
const zeros = [0, 0, 0] as const;
const indents = ['', '    ', '    ', '        ', '        ', '            '].map((text) => Buffer.from(text));
const separators = [' ', ' ', '.', '(', ', ', ' = ', ')', ': '].map((text) => Buffer.from(text));

function append(target: Buffer, at: number, bytes: Buffer): number {
  return at + bytes.copy(target, at);
}
