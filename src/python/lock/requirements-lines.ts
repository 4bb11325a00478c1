import { strip } from '../scanner.ts';

/** One line as pip sees it: continuations joined, comments gone, variables filled in, never empty. */
export interface LogicalLine {
  readonly text: string;
  /** From 1: the first line that it is made of. */
  readonly line: number;
}

/** The line ends of Python's `str.splitlines`. */
const lineEnds = new RegExp(String.raw`\r\n|[\n\r\v\f\u001c-\u001e\u0085\u2028\u2029]`, 'u');

/**
 * Cuts a requirements file into lines, in pip's order: first continuations, then comments, then `${VARIABLES}`.
 * A comment line ends a continuation even if it ends in a backslash itself.
 */
export function logicalLines(text: string, variables: Readonly<Record<string, string | undefined>>): LogicalLine[] {
  const lines: LogicalLine[] = [];
  for (const { text: joined, line } of joinLines(text.split(lineEnds))) {
    const plain = fillIn(strip(withoutComment(joined)), variables);
    if (plain !== '') lines.push({ text: plain, line });
  }
  return lines;
}

function joinLines(raw: readonly string[]): LogicalLine[] {
  const lines: LogicalLine[] = [];
  let open: LogicalLine | undefined;
  for (const [index, text] of raw.entries()) {
    const isComment = strip(text).startsWith('#');
    const { text: before, line } = open ?? { text: '', line: index + 1 };
    if (text.endsWith('\\') && !isComment) open = { text: before + withoutBackslashes(text), line };
    else {
      lines.push({ text: `${before}${isComment ? ' ' : ''}${text}`, line });
      open = undefined;
    }
  }
  return open === undefined ? lines : [...lines, open];
}

/** pip strips backslashes at both ends. */
function withoutBackslashes(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text[start] === '\\') start += 1;
  while (end > start && text[end - 1] === '\\') end -= 1;
  return text.slice(start, end);
}

/** A `#` begins a comment at the start of a line or behind white space: URLs keep their fragments. */
function withoutComment(text: string): string {
  for (let at = text.indexOf('#'); at !== -1; at = text.indexOf('#', at + 1)) {
    if (at === 0 || /\s/.test(text[at - 1] ?? '')) return text.slice(0, at);
  }
  return text;
}

/** Only `${NAME}` in capitals, as pip has it; what is not set or empty stays as it is written. */
export function fillIn(text: string, variables: Readonly<Record<string, string | undefined>>): string {
  return text.replaceAll(/\$\{([A-Z0-9_]+)\}/g, (written, name: string) => {
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    return value === undefined || value === '' ? written : value;
  });
}
