import type { PycontainerError, SourceLocation } from '../errors.ts';
import { type Paint, plainPaint, type Role } from './paint.ts';
import { visible } from './visible.ts';
import { cells } from './width.ts';

/** A line of an error as people read it, in parts that a terminal may colour. */
export type ErrorLine = readonly ErrorPart[];

export interface ErrorPart {
  readonly role: 'title' | 'message' | 'frame' | 'place' | 'source' | 'caret' | 'hint';
  readonly text: string;
}

/** Text without a last line break: the error, its place with a caret, its hint; the others after it. */
export function formatError(error: PycontainerError, paint: Paint = plainPaint): string {
  return errorLines(error)
    .map((parts) =>
      withoutEnd(parts)
        .map(({ role, text }) => painted(role, text, paint))
        .join(''),
    )
    .join('\n');
}

/** Blanks at the end of a line are not shown. */
function withoutEnd(parts: ErrorLine): ErrorLine {
  const last = parts.at(-1);
  if (last === undefined) return parts;
  const text = last.text.trimEnd();
  return text === '' ? withoutEnd(parts.slice(0, -1)) : [...parts.slice(0, -1), { ...last, text }];
}

function painted(role: ErrorPart['role'], text: string, paint: Paint): string {
  const look = looks[role];
  return look === undefined ? text : paint(look, text);
}

const looks: Readonly<Record<ErrorPart['role'], Role | undefined>> = {
  title: 'bad',
  message: 'heading',
  frame: 'quiet',
  place: undefined,
  source: undefined,
  caret: 'bad',
  hint: 'hint',
};

/** Errors that came together are divided by an empty line. */
export function errorLines(error: PycontainerError): ErrorLine[] {
  const others = error.others.flatMap((other) => [[], ...errorLines(other)]);
  return [...titleLines(error), ...placeLines(error), ...others];
}

function titleLines({ code, message }: PycontainerError): ErrorLine[] {
  const [first = '', ...more] = message.split('\n');
  const title: ErrorLine = [
    { role: 'title', text: `error[${code}]` },
    { role: 'message', text: `: ${visible(first)}` },
  ];
  return [title, ...more.map((line): ErrorLine => [{ role: 'message', text: visible(line) }])];
}

function placeLines({ location, hint }: PycontainerError): ErrorLine[] {
  const width = location === undefined ? 1 : String(location.line).length;
  const margin = ' '.repeat(width);
  const frame = (text: string): ErrorPart => ({ role: 'frame', text });
  const help: ErrorLine[] = (hint ?? '').split('\n').flatMap((line, index) => {
    if (hint === undefined) return [];
    return [[frame(index === 0 ? `${margin} = help: ` : `${margin}         `), { role: 'hint', text: visible(line) }]];
  });
  if (location === undefined) return help;
  const { file, line, column, text } = location;
  const place: ErrorLine = [frame(`${margin}--> `), { role: 'place', text: `${visible(file)}:${line}:${column}` }];
  if (text === undefined) return [place, ...help];
  const { shown, indent, underline } = excerpt(text, location);
  return [
    place,
    [frame(`${margin} |`)],
    [frame(`${line} | `), { role: 'source', text: shown }],
    [frame(`${margin} | ${indent}`), { role: 'caret', text: underline }],
    ...help,
  ];
}

/** How much of a very long line is shown before and after the caret, in characters. */
const beforeCaret = 60;
const afterCaret = 100;

/** The line around the caret, and the blanks and marks that go below it. Tabs stay tabs, so that both agree. */
function excerpt(
  text: string,
  { column, length = 1 }: SourceLocation,
): Record<'shown' | 'indent' | 'underline', string> {
  const safe = maskCredentials(text);
  const at = column - 1;
  const start = at > beforeCaret + 20 ? at - beforeCaret : 0;
  const end = safe.length > at + afterCaret + 20 ? at + afterCaret : safe.length;
  const head = (start > 0 ? '…' : '') + safe.slice(start, at);
  const tail = safe.slice(at, end) + (end < safe.length ? '…' : '');
  const marks = cells(safe.slice(at, Math.min(at + length, end)));
  return {
    shown: visible(head + tail),
    indent: head.replaceAll(/[^\t]+/g, (text) => ' '.repeat(cells(text))),
    underline: '^'.repeat(Math.max(1, marks)),
  };
}

/** User info of URLs, hidden behind as many marks, so that columns stay. */
function maskCredentials(line: string): string {
  return line.replaceAll(
    /(:\/\/)([^\s/@'"]+)(?=@)/g,
    (_, scheme: string, secret: string) => scheme + '*'.repeat(secret.length),
  );
}
