import { beginsTogether, endsTogether, Rewriter } from './rewrite.ts';

const cursorWords: readonly unknown[] = ['\u001B[?25l', '\u001B[?25h'];
/** What Ink takes a frame away with: from the cursor's line upwards, a line each. */
// oxlint-disable-next-line no-control-regex
const erasing = /^(?:\u001B\[2K\u001B\[1A)*\u001B\[2K\u001B\[G/;

/** Ink takes each frame away and writes it again; what reaches the terminal from here are the lines that differ. */
export class FlickerFree {
  /**
   * The terminal as Ink is to see it: endlessly high, and of a size that never changes. Ink would otherwise clear it,
   * with what was scrolled away.
   */
  readonly stream: NodeJS.WriteStream;
  readonly #terminal: NodeJS.WriteStream;
  readonly #rewriter: Rewriter;
  /** Chunks that belong together; undefined between frames. */
  #frame: string[] | undefined;

  constructor(terminal: NodeJS.WriteStream) {
    this.#terminal = terminal;
    this.#rewriter = new Rewriter(terminal);
    const own: Readonly<Record<string | symbol, unknown>> = {
      write: (chunk: unknown) => this.#write(String(chunk)),
      rows: Number.MAX_SAFE_INTEGER,
      on: (name: string, listener: () => void) => (name === 'resize' ? terminal : terminal.on(name, listener)),
    };
    this.stream = new Proxy(terminal, {
      get: (target, name): unknown => (name in own ? own[name] : Reflect.get(target, name, target)),
    });
  }

  /** An empty frame is a line for Ink; after it, this gives the line back. */
  dropEmptyLine(): void {
    this.#rewriter.dropEmptyLine();
  }

  #write(chunk: string): boolean {
    if (cursorWords.includes(chunk)) return this.#terminal.write(chunk);
    if (chunk === beginsTogether) this.#frame = [];
    else if (chunk === endsTogether) this.#flush(this.#frame ?? []);
    else if (this.#frame === undefined) this.#flush([chunk]);
    else this.#frame.push(chunk);
    return true;
  }

  #flush(chunks: readonly string[]): void {
    this.#frame = undefined;
    this.#rewriter.write(chunks.reduce(applied, this.#rewriter.lines));
  }
}

/** Whole lines that stand after one of Ink's chunks: some taken away, some written. */
function applied(lines: readonly string[], chunk: string): readonly string[] {
  const erased = erasing.exec(chunk)?.[0] ?? '';
  const count = erased.split('\u001B[1A').length - 1;
  const text = chunk.slice(erased.length);
  return [...lines.slice(0, lines.length - count), ...(text === '' ? [] : text.replace(/\n$/, '').split('\n'))];
}
