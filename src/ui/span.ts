import { redact } from '../errors.ts';
import type { Paint, Role } from './paint.ts';
import { visible } from './visible.ts';
import { cells, cut } from './width.ts';

/** A piece of a line, in one look. */
export interface Span {
  readonly role?: Role;
  readonly text: string;
}

/** One line of the screen. */
export type FrameLine = readonly Span[];

/** Cut at the terminal's width, so that no line becomes two. */
export function fitted(spans: readonly Span[], columns: number): FrameLine {
  let room = columns;
  return spans.flatMap((span) => {
    const text = cut(span.text, room);
    room -= cells(text);
    return text === '' ? [] : [{ ...span, text }];
  });
}

export function widthOf(line: FrameLine): number {
  return line.reduce((sum, { text }) => sum + cells(text), 0);
}

/** The line as a terminal takes it. */
export function painted(line: FrameLine, paint: Paint): string {
  return line.map(({ role, text }) => (role === undefined ? text : paint(role, text))).join('');
}

/** Without secrets, and without what could steer the terminal. */
export function clean(text: string): string {
  return redact(visible(text));
}
