import type { SourceLocation } from '../errors.ts';

/** A text that a person wrote, and where it came from. */
export class SourceText {
  /** As the user would type it. */
  readonly file: string;
  /** Without a byte order mark. */
  readonly text: string;

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text.startsWith('\uFEFF') ? text.slice(1) : text;
  }

  /** Offsets are UTF-16 code units; of a span over several lines only the first is underlined. */
  locate(start: number, end: number): SourceLocation {
    const lineStart = start === 0 ? 0 : this.text.lastIndexOf('\n', start - 1) + 1;
    const nextLine = this.text.indexOf('\n', start);
    const text = this.text.slice(lineStart, nextLine === -1 ? undefined : nextLine).replace(/\r$/, '');
    const column = Math.min(start - lineStart, text.length) + 1;
    const length = Math.max(1, Math.min(end - start, text.length - column + 1));
    const line = this.text.slice(0, lineStart).split('\n').length;
    return { file: this.file, line, column, length, text };
  }
}

/** A part of a source text, from `start` up to but not including `end`. */
export interface Span {
  readonly source: SourceText;
  readonly start: number;
  readonly end: number;
}

export function locationOf({ source, start, end }: Span): SourceLocation {
  return source.locate(start, end);
}
