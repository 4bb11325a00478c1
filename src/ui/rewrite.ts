import { paintedCells } from './width.ts';

const escape = '\u001B[';
/** Terminals that know these show all between them at once; others pass over them. */
export const beginsTogether: string = `${escape}?2026h`;
export const endsTogether: string = `${escape}?2026l`;

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** Where the terminal does not say it, the usual size. */
export function sizeOf({ columns, rows }: NodeJS.WriteStream): TerminalSize {
  return { columns: columns || 80, rows: rows || 24 };
}

/** Writes lines in the place of others; what reaches the terminal are the lines that differ. */
export class Rewriter {
  readonly #terminal: NodeJS.WriteStream;
  #lines: readonly string[] = [];
  #columns = 0;

  constructor(terminal: NodeJS.WriteStream) {
    this.#terminal = terminal;
  }

  /** Those that may be written over; the cursor stands below them. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** So many of the last may be written over in their turn, as far as the terminal has room for them. */
  write(lines: readonly string[], count: number = lines.length): void {
    const { columns, rows } = sizeOf(this.#terminal);
    const text = rewritten(this.#lines, lines, { columns, rows, isResized: this.#columns !== columns });
    if (text !== '') this.#terminal.write(beginsTogether + text + endsTogether);
    this.#columns = columns;
    this.#lines = lines.slice(Math.max(0, lines.length - Math.min(count, rows)));
  }

  dropEmptyLine(): void {
    if (this.#lines.at(-1) !== '') return;
    this.#lines = this.#lines.slice(0, -1);
    this.#terminal.write(`${escape}1A`);
  }
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
  if (isResized || fresh.some((line) => paintedCells(line) > columns)) {
    const height = old.reduce((sum, line) => sum + Math.max(1, Math.ceil(paintedCells(line) / columns)), 0);
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
  const rest = old !== undefined && paintedCells(line) < paintedCells(old) ? `${escape}K` : '';
  return `${line}${rest}\n`;
}
