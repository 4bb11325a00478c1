import { redact } from '../errors.ts';
import { warningFact, delivered, type Fact } from './plain.ts';
import type { Role } from './paint.ts';
import type { ScreenState, Task } from './state.ts';
import { counted, formatBytes, formatDuration } from './units.ts';
import { visible } from './visible.ts';

/** A piece of a line, in one look. */
export interface Span {
  readonly role?: Role;
  readonly text: string;
}

/** One line of the screen. */
export type FrameLine = readonly Span[];

export interface FrameOptions {
  readonly columns: number;
  readonly rows: number;
  /** On the clock of the events. */
  readonly atMs: number;
  /** Absolute; paths below it are shown from there. */
  readonly cwd: string;
}

/** Columns that are enough for a bar, and for speed and the time that is left. */
const barFrom = 60;
const timeFrom = 100;
/** Titles are cut or filled to this, so that bars stand below each other. */
const titleWidth = 36;
const barWidth = 16;
const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const spinEveryMs = 120;
/** One for so many rows of the terminal, up to three. */
const rowsAWarning = 6;

/**
 * The part of the screen that is drawn anew: what runs, warnings, and what it came to. Pure. While something runs no line
 * is wider than the terminal, and all together are not higher.
 */
export function frame(state: ScreenState, options: FrameOptions): readonly FrameLine[] {
  const warnings = warningLines(state, options);
  const ending = endingLines(state, options);
  const room = Math.max(1, options.rows - warnings.length - ending.length - 2);
  return [...runningLines(state.running, room, options), ...warnings, ...ending];
}

/** A line of what is over. */
export function settledLine({ role, word, text, isForeign = false }: Fact): FrameLine {
  return [{ role, text: word.padEnd(8) }, { text: ` ${isForeign ? visible(text) : clean(text)}` }];
}

function runningLines(tasks: readonly Task[], room: number, options: FrameOptions): readonly FrameLine[] {
  const shown = tasks.length > room ? tasks.slice(0, Math.max(1, room - 1)) : tasks;
  const lines = shown.map((task) => taskLine(task, options));
  const hidden = tasks.length - shown.length;
  return hidden === 0 ? lines : [...lines, fitted([{ role: 'quiet', text: `  and ${hidden} more` }], options.columns)];
}

/** `⠋ numpy 2.3.5  ████░░  4.1 of 21.3 MB  2.0 MB/s  9 s left`, as much of it as there is room for. */
function taskLine(task: Task, { columns, atMs }: FrameOptions): FrameLine {
  const tail = tailOf(task, columns, atMs);
  const room = Math.max(8, columns - 2 - (tail === '' ? 0 : tail.length + 2));
  const title = shortened(clean(task.title), tail === '' ? room : Math.min(room, titleWidth));
  const padded = tail === '' ? title : `${title.padEnd(Math.min(room, titleWidth))}  `;
  const reason = tail === '' && task.reason !== '' ? `  ${clean(task.reason)}` : '';
  const mark = spinner[Math.floor(atMs / spinEveryMs) % spinner.length] ?? '';
  return fitted(
    [{ role: 'stale', text: `${mark} ` }, { text: padded }, { role: 'quiet', text: tail + reason }],
    columns,
  );
}

function tailOf({ doneBytes, totalBytes, startedMs }: Task, columns: number, atMs: number): string {
  if (doneBytes === 0) return '';
  if (totalBytes === undefined || totalBytes === 0) return formatBytes(doneBytes);
  const share = Math.min(1, doneBytes / totalBytes);
  if (columns < barFrom) return `${String(Math.floor(share * 100)).padStart(3)} %`;
  const filled = Math.floor(share * barWidth);
  const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled);
  const amount = `${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`;
  const elapsedMs = atMs - startedMs;
  if (columns < timeFrom || elapsedMs < 500) return `${bar}  ${amount}`;
  const rate = doneBytes / elapsedMs;
  const left = formatDuration(Math.ceil((totalBytes - doneBytes) / rate / 1000) * 1000);
  return `${bar}  ${amount}  ${formatBytes(Math.round(rate * 1000))}/s  ${left} left`;
}

function warningLines({ warnings, done }: ScreenState, { columns, rows }: FrameOptions): readonly FrameLine[] {
  const most = Number.isFinite(rows) ? Math.min(3, Math.floor(rows / rowsAWarning)) : warnings.length;
  const shown = done === undefined ? warnings.slice(warnings.length - Math.min(most, warnings.length)) : warnings;
  const hidden = warnings.length - shown.length;
  const more: FrameLine[] = hidden === 0 ? [] : [[{ role: 'warning', text: `${counted(hidden, 'warning')} before` }]];
  const lines = shown.map((warning) => {
    const { title, text } = warningFact(warning);
    const spans: FrameLine = [{ role: 'warning', text: title }, { text: `: ${clean(text)}` }];
    return done === undefined ? fitted(spans, columns) : spans;
  });
  return [...more, ...lines];
}

/** While it runs: how far it is. At the end: what it came to, the images last. */
function endingLines(
  { fresh, stale, built, images, done }: ScreenState,
  { columns, cwd }: FrameOptions,
): readonly FrameLine[] {
  if (done === undefined) {
    if (stale === 0) return [];
    const text = `${built} of ${counted(stale, 'layer')} built${fresh === 0 ? '' : `, ${fresh} fresh`}`;
    return [fitted([{ role: 'quiet', text }], columns)];
  }
  const delivery = images.map((image): FrameLine => [
    { role: 'good', text: 'output  ' },
    { text: ` ${clean(delivered(image, cwd))}` },
  ]);
  return [[{ role: done.role, text: done.word.padEnd(8) }, { text: ` ${done.text}` }], ...delivery];
}

/** Without secrets, and without what could steer the terminal. */
function clean(text: string): string {
  return redact(visible(text));
}

/** Cut at the terminal's width, so that no line becomes two. */
function fitted(spans: readonly Span[], columns: number): FrameLine {
  let room = columns;
  return spans.flatMap((span) => {
    const text = shortened(span.text, room);
    room -= text.length;
    return text === '' ? [] : [{ ...span, text }];
  });
}

function shortened(text: string, width: number): string {
  if (text.length <= width) return text;
  return width <= 1 ? '' : `${text.slice(0, width - 1)}…`;
}
