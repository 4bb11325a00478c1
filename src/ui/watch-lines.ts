import type { PycontainerError } from '../errors.ts';
import type { ContainerEvent } from '../events.ts';
import { errorLines } from './error.ts';
import type { Role } from './paint.ts';
import { clean, fitted, type FrameLine } from './span.ts';
import { counted, formatDuration } from './units.ts';
import type { WatchState } from './watch-state.ts';
import { cells, fill } from './width.ts';

export interface WatchLinesOptions {
  readonly columns: number;
  /** No more lines than this. */
  readonly room: number;
}

/** The last error until it is mended, the containers, and what the watch waits for: the last of these has room first. */
export function watchLines(state: WatchState, { columns, room }: WatchLinesOptions): readonly FrameLine[] {
  const waiting = waitingLines(state);
  const containers = containerLines(state, Math.max(0, room - waiting.length));
  const error = errorExcerpt(state, Math.max(0, room - waiting.length - containers.length));
  return [...error, ...containers, ...waiting].map((line) => fitted(line, columns));
}

const looks = { title: 'bad', caret: 'bad', hint: 'hint', message: 'heading', frame: 'quiet' } as const;

/** An error as it is printed elsewhere. */
export function errorFrame(error: PycontainerError): readonly FrameLine[] {
  return errorLines(error).map((parts) =>
    parts.map(({ role, text }) => (role in looks ? { role: looks[role as keyof typeof looks], text } : { text })),
  );
}

/** The beginning of it where there is no room for all. */
function errorExcerpt({ error }: WatchState, room: number): readonly FrameLine[] {
  if (error === undefined || room <= 0) return [];
  const lines = errorFrame(error);
  if (lines.length <= room) return lines;
  return room === 1 ? lines.slice(0, 1) : [...lines.slice(0, room - 1), [{ role: 'quiet', text: '  …' }]];
}

const widestName = 24;

function containerLines({ containers }: WatchState, room: number): readonly FrameLine[] {
  const all = [...containers.values()];
  const width = Math.min(widestName, Math.max(0, ...all.map(({ target }) => cells(target))));
  const lines = all.map((container): FrameLine => {
    const { role, text } = standing(container);
    const url = container.url === undefined || !isRunning(container) ? '' : `  ${clean(container.url)}`;
    return [
      { role, text: isRunning(container) ? '● ' : '○ ' },
      { text: fill(clean(container.target), width) },
      { role, text: `  ${text}` },
      { role: 'hint', text: url },
    ];
  });
  if (lines.length <= room) return lines;
  return room === 0
    ? []
    : [
        ...lines.slice(0, room - 1),
        [{ role: 'quiet', text: `  and ${counted(lines.length - room + 1, 'container')} more` }],
      ];
}

function isRunning({ state }: ContainerEvent): boolean {
  return state !== 'exited' && state !== 'stopped' && state !== 'removed';
}

/** In a word or two. */
function standing({ state, exitCode, files, durationMs }: ContainerEvent): {
  readonly role: Role;
  readonly text: string;
} {
  const time = durationMs === undefined ? '' : ` in ${formatDuration(durationMs)}`;
  switch (state) {
    case 'exited':
      return {
        role: exitCode === 0 ? 'quiet' : 'bad',
        text: `exited${exitCode === undefined ? '' : ` with ${exitCode}`}`,
      };
    case 'unhealthy':
      return { role: 'bad', text: 'unhealthy' };
    case 'stopped':
    case 'removed':
      return { role: 'quiet', text: state };
    case 'synced':
      return { role: 'good', text: `running, ${files === undefined ? 'files' : counted(files, 'file')} synced${time}` };
    case 'restarted':
    case 'replaced':
      return { role: 'good', text: `running, ${state}${time}` };
    case 'healthy':
      return { role: 'good', text: 'healthy' };
    case 'unchanged':
    case 'started':
      return { role: 'good', text: 'running' };
  }
}

/** `watching 212 files for api: rebuilt in 23 ms after src/a.py`. */
function waitingLines({ targets, files, isBusy, lastChange, lastDurationMs, error }: WatchState): readonly FrameLine[] {
  if (targets.length === 0) return [];
  const change = lastChange === undefined ? '' : changeText(lastChange.paths, lastChange.more);
  const what = `${counted(files, 'file')} for ${targets.join(', ')}`;
  if (isBusy) return [[{ role: 'stale', text: 'changed ' }, { text: ` ${clean(change)}` }]];
  if (error !== undefined)
    return [[{ role: 'bad', text: 'failed  ' }, { text: ` waiting for changes in ${clean(what)}` }]];
  const after = change === '' ? '' : ` after ${change}`;
  const last = lastDurationMs === undefined ? '' : `; rebuilt in ${formatDuration(lastDurationMs)}${after}`;
  return [[{ role: 'good', text: 'watching' }, { text: ` ${clean(what + last)}` }]];
}

function changeText(paths: readonly string[], more: number): string {
  const [first] = paths;
  if (first === undefined) return 'a change';
  const others = paths.length - 1 + more;
  return others === 0 ? first : `${first} and ${others} more`;
}
