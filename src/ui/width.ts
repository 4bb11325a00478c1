import { stripVTControlCharacters } from 'node:util';

/** Texts without these take a column for each code unit: below them, and among signs that we draw, nothing is wide. */
// oxlint-disable-next-line no-control-regex
const unusual = /[^\u0000-\u02FF\u2010-\u2027\u2190-\u21FF\u2500-\u259F\u2800-\u28FF]/;

/** How many columns of a terminal a text takes; a tab counts as one. */
export function cells(text: string): number {
  return unusual.test(text) ? segments(text).reduce((sum, segment) => sum + cellsOf(segment), 0) : text.length;
}

/** As {@link cells}, for a text with colours, which take no room. */
export function paintedCells(text: string): number {
  return cells(text.includes('\u001B') ? stripVTControlCharacters(text) : text);
}

/** The text, or as much of its beginning as there is room for with an ellipsis behind it. */
export function cut(text: string, columns: number): string {
  if (cells(text) <= columns) return text;
  if (columns <= 1) return '';
  let room = columns - 1;
  let kept = '';
  for (const segment of segments(text)) {
    room -= cellsOf(segment);
    if (room < 0) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** The text in exactly so many columns: cut, or filled with blanks. */
export function fill(text: string, columns: number): string {
  const fitting = cut(text, columns);
  return fitting + ' '.repeat(Math.max(0, columns - cells(fitting)));
}

function segments(text: string): readonly string[] {
  return Array.from(new Intl.Segmenter('en').segment(text), ({ segment }) => segment);
}

/** Made where it is used: these tables take three milliseconds, and most texts do without. */
function cellsOf(segment: string): number {
  const wide = /^(?:\p{Emoji_Presentation}|\p{Script=Han}|\p{Script=Hangul}|[\u3000-\u30FF\uFF01-\uFF60])|\uFE0F/u;
  return wide.test(segment) ? 2 : 1;
}
