import { clean, fitted, type FrameLine } from './span.ts';
import type { Task } from './state.ts';
import { formatBytes, formatDuration } from './units.ts';
import { fill } from './width.ts';

export interface TaskLineOptions {
  readonly columns: number;
  /** On the clock of the events. */
  readonly atMs: number;
  /** Blanks before the line. */
  readonly indent?: string;
}

/** Titles are cut or filled, so that bars stand below each other. */
const widestTitle = 36;
const narrowestTitle = 8;
const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const spinEveryMs = 160;
/** Before that, a rate says nothing. */
const rateFromMs = 500;

/** How much is told about bytes, by the columns that it takes at least. */
const details = [
  { from: 100, barWidth: 16, hasRate: true, hasTime: true },
  { from: 80, barWidth: 10, hasRate: false, hasTime: true },
  { from: 60, barWidth: 10, hasRate: false, hasTime: false },
] as const;
/** What each takes at most, with the blanks before it. */
const widths = { mark: 4, share: 7, amount: 22, rate: 12, time: 16 } as const;

/** `⠋ numpy 2.3.5  ████░░  4.1 of 21.3 MB  2.0 MB/s  9 s left`, as much of it as there is room for. */
export function taskLine(task: Task, { columns, atMs, indent = '' }: TaskLineOptions): FrameLine {
  const mark = `${indent}${spinner[Math.floor(atMs / spinEveryMs) % spinner.length] ?? ''} `;
  const tail = bytesText(task, columns, atMs);
  const title = clean(task.title);
  if (tail === '') {
    const reason = task.reason === '' ? '' : `  ${clean(task.reason)}`;
    return fitted([{ role: 'stale', text: mark }, { text: title }, { role: 'quiet', text: reason }], columns);
  }
  return fitted(
    [{ role: 'stale', text: mark }, { text: `${fill(title, titleWidth(columns))}  ` }, { role: 'quiet', text: tail }],
    columns,
  );
}

function titleWidth(columns: number): number {
  const detail = detailsFor(columns);
  const tail =
    detail === undefined
      ? widths.share
      : 2 + detail.barWidth + widths.amount + (detail.hasRate ? widths.rate : 0) + (detail.hasTime ? widths.time : 0);
  return Math.max(narrowestTitle, Math.min(widestTitle, columns - widths.mark - tail));
}

function detailsFor(columns: number): (typeof details)[number] | undefined {
  return details.find(({ from }) => columns >= from);
}

function bytesText({ doneBytes, totalBytes, startedMs }: Task, columns: number, atMs: number): string {
  if (doneBytes === 0) return '';
  if (totalBytes === undefined || totalBytes === 0) return formatBytes(doneBytes);
  const share = Math.min(1, doneBytes / totalBytes);
  const detail = detailsFor(columns);
  if (detail === undefined) return `${String(Math.floor(share * 100)).padStart(3)} %`;
  const filled = Math.floor(share * detail.barWidth);
  const bar = '█'.repeat(filled) + '░'.repeat(detail.barWidth - filled);
  const texts = [bar, `${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`];
  const elapsedMs = atMs - startedMs;
  if (elapsedMs >= rateFromMs) {
    const rate = doneBytes / elapsedMs;
    if (detail.hasRate) texts.push(`${formatBytes(Math.round(rate * 1000))}/s`);
    if (detail.hasTime) texts.push(`${formatDuration(secondsUp((totalBytes - doneBytes) / rate))} left`);
  }
  return texts.join('  ');
}

/** To whole seconds, so that it does not flicker. */
function secondsUp(durationMs: number): number {
  return Math.max(0, Math.ceil(durationMs / 1000) * 1000);
}
