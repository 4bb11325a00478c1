import { imageLines, waitingImages } from './image-lines.ts';
import { delivered, type Fact, warningFact } from './plain.ts';
import { clean, fitted, type FrameLine } from './span.ts';
import type { ScreenState } from './state.ts';
import { counted } from './units.ts';
import { visible } from './visible.ts';
import { watchLines } from './watch-lines.ts';

export interface FrameOptions {
  readonly columns: number;
  readonly rows: number;
  /** On the clock of the events. */
  readonly atMs: number;
  /** Below all else, in watch mode: keys, or what was asked with one. */
  readonly footer?: readonly FrameLine[];
}

/** One for so many rows of the terminal, up to three. */
const rowsAWarning = 6;

/**
 * The part of the screen that is drawn anew: what runs, warnings, and how far it is. Pure. No line is wider than the
 * terminal, and all together are not higher.
 */
export function frame(state: ScreenState, options: FrameOptions): readonly FrameLine[] {
  const { columns, rows, atMs, footer = [] } = options;
  const most = Math.max(1, rows - 2);
  const below = [...liveWarnings(state, options), ...progressLines(state, columns), ...footer];
  const watch = state.watch === undefined ? [] : watchLines(state.watch, { columns, room: most - below.length });
  const room = Math.max(1, most - below.length - watch.length);
  return [...imageLines(state, { columns, atMs, room }), ...watch, ...below].slice(-most);
}

/** What stays when nothing more is drawn: all warnings, where images went, and what it came to. Never cut. Of a watch only what is new. */
export function closingLines(state: ScreenState, cwd: string): readonly FrameLine[] {
  const { warnings, done, watch, built, stale } = state;
  const deliveries = state.deliveries.filter(({ sentBlobs }) => watch === undefined || sentBlobs > 0);
  const progress = built < stale ? progressLines(state, Number.POSITIVE_INFINITY) : [];
  return [
    ...warnings.map(warningLine),
    ...deliveries.map((delivery): FrameLine => [
      { role: 'good', text: 'output  ' },
      { text: ` ${clean(delivered(delivery, cwd))}` },
    ]),
    ...(done === undefined
      ? progress
      : [[{ role: done.role, text: done.word.padEnd(8) }, { text: ` ${done.text}` }] satisfies FrameLine]),
  ];
}

/** A line of what is over. */
export function settledLine({ role, word, text, isForeign = false }: Fact): FrameLine {
  return [{ role, text: word.padEnd(8) }, { text: ` ${isForeign ? visible(text) : clean(text)}` }];
}

/** The last ones; how many there are before them. */
function liveWarnings({ warnings }: ScreenState, { columns, rows }: FrameOptions): readonly FrameLine[] {
  const most = Math.min(3, Math.floor(rows / rowsAWarning), warnings.length);
  const hidden = warnings.length - most;
  const more: FrameLine[] = hidden === 0 ? [] : [[{ role: 'warning', text: `${counted(hidden, 'warning')} before` }]];
  return [...more, ...warnings.slice(hidden).map(warningLine)].map((line) => fitted(line, columns));
}

function warningLine(warning: ScreenState['warnings'][number]): FrameLine {
  const { title, text } = warningFact(warning);
  return [{ role: 'warning', text: title }, { text: `: ${clean(text)}` }];
}

/** `2 of 12 layers built, 14 fresh; 3 images wait`. */
function progressLines(state: ScreenState, columns: number): readonly FrameLine[] {
  const { fresh, stale, built, deliveries, watch } = state;
  if (stale === 0 || watch?.isBusy === false) return [];
  const waiting = waitingImages(state);
  const text = [
    `${built} of ${counted(stale, 'layer')} built`,
    ...(fresh === 0 ? [] : [`${fresh} fresh`]),
    ...(waiting === 0 ? [] : [`${counted(waiting, 'image')} waiting`]),
    ...(deliveries.length === 0 ? [] : [`${deliveries.length} delivered`]),
  ].join(', ');
  return [fitted([{ role: 'quiet', text }], columns)];
}
