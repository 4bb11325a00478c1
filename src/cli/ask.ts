import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { PycontainerError } from '../errors.ts';

/** Asks on a terminal, on stderr. To be closed: the terminal is then as it was. */
export class Questions implements Disposable {
  readonly #signal: AbortSignal;
  readonly #interface: Interface;
  #isSecret = false;

  constructor(signal: AbortSignal) {
    const output = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        if (!this.#isSecret) process.stderr.write(chunk);
        done();
      },
    });
    this.#signal = signal;
    this.#interface = createInterface({ input: process.stdin, output, terminal: true, historySize: 0 });
  }

  async ask(question: string): Promise<string> {
    return this.#answer(question);
  }

  /** What is typed is not shown. */
  async askSecret(question: string): Promise<string> {
    process.stderr.write(question);
    this.#isSecret = true;
    try {
      return await this.#answer('');
    } finally {
      this.#isSecret = false;
      process.stderr.write('\n');
    }
  }

  [Symbol.dispose](): void {
    this.#interface.close();
  }

  /** Ctrl-C and Ctrl-D end it alike. */
  async #answer(question: string): Promise<string> {
    const closed = once(this.#interface, 'close').then(() => undefined);
    const answered = this.#interface.question(question, { signal: this.#signal }).catch(() => undefined);
    const answer = await Promise.race([answered, closed]);
    if (answer !== undefined) return answer;
    throw new PycontainerError('interrupted', 'Stopped; nothing was changed');
  }
}
