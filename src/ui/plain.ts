import type { Event } from '../events.ts';
import { formatReasons } from './reason.ts';
import { counted, formatBytes, formatDuration, shortDigest } from './units.ts';

export interface PlainOptions {
  /** Also what began, and what was found fresh. */
  readonly verbose: boolean;
}

/** The lines of an event in a plain log; none for what only a screen can show. */
export function plainLines(event: Event, { verbose }: PlainOptions): readonly string[] {
  switch (event.type) {
    case 'planned':
      return verbose
        ? [line('plan', `${event.fresh} fresh, ${event.stale} stale, in ${formatDuration(event.durationMs)}`)]
        : [];
    case 'assumed':
      return [line('assumed', event.target === undefined ? event.what : `${event.target}: ${event.what}`)];
    case 'resolved':
      return [line('base', `${event.what} is ${event.to}`)];
    case 'node-started':
      if (event.kind === 'output') return [];
      return [line('stale', `${event.title}: ${formatReasons(event.reasons)}`)];
    case 'node-finished':
      return event.kind === 'output' ? [] : [line('built', built(event))];
    case 'node-failed':
      return verbose ? [line('failed', event.node)] : [];
    case 'node-progress':
      return [];
    case 'download':
      return event.finished === true ? [line('fetched', `${event.what}, ${formatBytes(event.doneBytes)}`)] : [];
    case 'delivered':
      return [line('output', delivered(event))];
    case 'store-damage':
      return [line('store', `${shortDigest(event.digest)} was ${event.what} and is made again`)];
    case 'warning':
      return warning(event);
    case 'done':
      return [
        line(
          'done',
          `${counted(event.built, 'layer')} built, ${event.fresh} fresh, in ${formatDuration(event.durationMs)}`,
        ),
      ];
  }
}

function built({ title, sizeBytes, durationMs }: Extract<Event, { type: 'node-finished' }>): string {
  return `${title}${sizeBytes === undefined ? '' : `, ${formatBytes(sizeBytes)}`} in ${formatDuration(durationMs)}`;
}

function delivered({
  target,
  output,
  digest,
  sentBlobs,
  sentBytes,
  skippedBlobs,
}: Extract<Event, { type: 'delivered' }>): string {
  const moved =
    sentBlobs === 0
      ? 'up to date'
      : `${counted(sentBlobs, 'blob')} written, ${formatBytes(sentBytes)}; ${skippedBlobs} there already`;
  return `${target} → ${output} ${shortDigest(digest)} (${moved})`;
}

function warning({ code, message, hint, location }: Extract<Event, { type: 'warning' }>): readonly string[] {
  const place = location === undefined ? '' : `${location.file}:${location.line}: `;
  return [`warning[${code}]: ${place}${message}`, ...(hint === undefined ? [] : [`  = help: ${hint}`])];
}

function line(what: string, text: string): string {
  return `${what.padEnd(8)} ${text}`;
}
