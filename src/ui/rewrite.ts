import { stripVTControlCharacters } from 'node:util';
import { cells } from './width.ts';

const escape = '\u001B[';
/** Terminals that know these show all between them at once; others pass over them. */
const beginsTogether = `${escape}?2026h`;
const endsTogether = `${escape}?2026l`;
const cursorWords: readonly unknown[] = [`${escape}?25l`, `${escape}?25h`];
/** What Ink takes a frame away with: from the cursor's line upwards, a line each. */
// oxlint-disable-next-line no-control-regex
const erasing = /^(?:\u001B\[2K\u001B\[1A)*\u001B\[2K\u001B\[G/;

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** Ink takes each frame away and writes it again; what reaches the terminal from here are the lines that differ. */
export class FlickerFree {
  /**
   * The terminal as Ink is to see it: endlessly high, and of a size that never changes. Ink would otherwise clear it,
   * with what was scrolled away.
   */
  readonly stream: NodeJS.WriteStream;
  readonly #terminal: NodeJS.WriteStream;
  /** The last lines that were written, as far as they may be taken away again; the cursor stands below them. */
  #lines: readonly string[] = [];
  #columns = 0;
  /** Chunks that belong together; undefined between frames. */
  #frame: string[] | undefined;

  constructor(terminal: NodeJS.WriteStream) {
    this.#terminal = terminal;
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
    if (this.#lines.at(-1) !== '') return;
    this.#lines = this.#lines.slice(0, -1);
    this.#terminal.write(`${escape}1A`);
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
    const after = chunks.reduce(applied, this.#lines);
    const { columns, rows } = sizeOf(this.#terminal);
    const text = rewritten(this.#lines, after, { columns, rows, isResized: this.#columns !== columns });
    if (text !== '') this.#terminal.write(beginsTogether + text + endsTogether);
    this.#columns = columns;
    this.#lines = after.slice(-rows);
  }
}

/** Where the terminal does not say it, the usual size. */
export function sizeOf({ columns, rows }: NodeJS.WriteStream): TerminalSize {
  return { columns: columns || 80, rows: rows || 24 };
}

/** Whole lines that stand after one of Ink's chunks: some taken away, some written. */
function applied(lines: readonly string[], chunk: string): readonly string[] {
  const erased = erasing.exec(chunk)?.[0] ?? '';
  const count = erased.split('\u001B[1A').length - 1;
  const text = chunk.slice(erased.length);
  return [...lines.slice(0, lines.length - count), ...(text === '' ? [] : text.replace(/\n$/, '').split('\n'))];
}

/** How lines stand on the terminal. */
export interface Standing extends TerminalSize {
  /** The terminal has broken old lines at its new width. */
  readonly isResized: boolean;
}

/**
 * What makes some lines of others, with the cursor below the last of them before and after. Lines that are the same are
 * passed over, unless they may stand elsewhere: after a change of size, and where one is longer than the terminal is wide.
 */
export function rewritten(before: readonly string[], after: readonly string[], standing: Standing): string {
  const same = samePrefix(before, after);
  if (same === before.length && same === after.length) return '';
  const old = before.slice(same);
  const fresh = after.slice(same);
  const { columns, rows, isResized } = standing;
  if (isResized || fresh.some((line) => width(line) > columns)) {
    const height = old.reduce((sum, line) => sum + Math.max(1, Math.ceil(width(line) / columns)), 0);
    const up = Math.min(height, rows - 1);
    return upBy(up) + cleared(up) + fresh.map((line) => `${line}\n`).join('');
  }
  const written = fresh.map((line, index) => over(old[index], line)).join('');
  return upBy(old.length) + written + cleared(old.length - fresh.length);
}

function samePrefix(before: readonly string[], after: readonly string[]): number {
  const at = after.findIndex((line, index) => line !== before[index]);
  return at === -1 ? Math.min(after.length, before.length) : at;
}

function upBy(count: number): string {
  return count === 0 ? '' : `${escape}${count}A\r`;
}

/** Empties the next rows one by one: a terminal may keep what is cleared at one go as if it had been scrolled away. */
function cleared(count: number): string {
  return count <= 0 ? '' : `${escape}2K\n`.repeat(count) + upBy(count);
}

/** Writes a line over another and goes to the next. */
function over(old: string | undefined, line: string): string {
  if (old === line) return '\n';
  const rest = old !== undefined && width(line) < width(old) ? `${escape}K` : '';
  return `${line}${rest}\n`;
}

function width(line: string): number {
  return cells(stripVTControlCharacters(line));
}
