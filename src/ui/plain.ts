import type { ContainerEvent, DeliveryWay, Done, Event, WarningEvent } from '../events.ts';
import { formatError } from './error.ts';
import { type Paint, plainPaint, type Role, targetRole } from './paint.ts';
import { shownPath } from './path.ts';
import { formatReasons } from './reason.ts';
import { counted, formatBytes, formatDuration, shortDigest } from './units.ts';
import { visible } from './visible.ts';

export interface PlainOptions {
  /** Also what was found fresh, and what failed before its error is told. */
  readonly verbose: boolean;
  /** Absolute; paths below it are shown from there. */
  readonly cwd: string;
  /** Default: no colours. */
  readonly paint?: Paint;
}

/** The lines of an event in a plain log; none for what only a screen can show. */
export function plainLines(event: Event, options: PlainOptions): readonly string[] {
  const paint = options.paint ?? plainPaint;
  if (event.type === 'warning') return warningLines(event, paint);
  if (event.type === 'failed') return formatError(event.error, paint).split('\n');
  const fact = factOf(event, options);
  return fact === undefined ? [] : [`${paint(fact.role, fact.word.padEnd(8))} ${visible(fact.text)}`];
}

/** Something that happened, in words. */
export interface Fact {
  readonly word: string;
  readonly role: Role;
  readonly text: string;
  /** The words of an app: what would be a secret of ours in them is shown. */
  readonly isForeign?: boolean;
}

/** What an event tells; undefined for what only a screen can show. */
export function factOf(event: Exclude<Event, { type: 'warning' }>, { verbose, cwd }: PlainOptions): Fact | undefined {
  const fact = (role: Role, word: string, text: string): Fact => ({ role, word, text });
  switch (event.type) {
    case 'planned': {
      const { fresh, stale, unchanged, durationMs } = event;
      const why = unchanged === undefined ? '' : `; ${counted(unchanged, 'path')} as they were the last time`;
      const text = `${fresh} fresh, ${stale} stale, in ${formatDuration(durationMs)}${why}`;
      return verbose ? fact('quiet', 'plan', text) : undefined;
    }
    case 'assumed':
      return fact('quiet', 'assumed', event.target === undefined ? event.what : `${event.target}: ${event.what}`);
    case 'resolved':
      return fact('quiet', 'base', `${event.what} is ${event.to}`);
    case 'node-started':
      return event.kind === 'output'
        ? undefined
        : fact('stale', 'stale', `${event.title}: ${formatReasons(event.reasons)}`);
    case 'node-finished':
      return event.kind === 'output' ? undefined : fact('good', 'built', built(event));
    case 'layer-found':
      return fact('good', 'cached', `${event.title}, ${formatBytes(event.sizeBytes)} from ${event.cache}`);
    case 'layers-kept':
      return fact('good', 'cache', keptText(event));
    case 'node-failed':
      return verbose ? fact('bad', 'failed', event.node) : undefined;
    case 'node-progress':
      return undefined;
    case 'download':
      return event.finished === true
        ? fact('good', 'fetched', `${event.what}, ${formatBytes(event.doneBytes)}`)
        : undefined;
    case 'delivered':
      return fact('good', 'output', delivered(event, cwd));
    case 'store-damage':
      return fact('warning', 'store', `${shortDigest(event.digest)} was ${event.what} and is made again`);
    case 'container':
      return containerFact(event);
    case 'log':
      return { ...fact(targetRole(event.target), event.target, `| ${event.text}`), isForeign: true };
    case 'done':
      return fact('good', 'done', doneText(event));
    case 'watching':
      return fact('quiet', 'watching', `${counted(event.files, 'file')} for ${event.targets.join(', ')}`);
    case 'changed':
      return fact('stale', 'changed', changedPaths(event));
    case 'rebuilt':
      return fact('good', 'rebuilt', `${event.targets.join(', ')} in ${formatDuration(event.durationMs)}`);
    case 'failed':
      return fact('bad', 'failed', `${event.error.message} [${event.error.code}]`);
    case 'mended':
      return fact('good', 'mended', 'it builds again');
  }
}

/** `ghcr.io/acme/cache: 2 layers written, 21.3 MB; 12 there already`. */
function keptText({ cache, sentLayers, sentBytes, presentLayers }: Extract<Event, { type: 'layers-kept' }>): string {
  if (sentLayers === 0) return `${cache}: up to date`;
  const already = presentLayers === 0 ? '' : `; ${presentLayers} there already`;
  return `${cache}: ${counted(sentLayers, 'layer')} written, ${formatBytes(sentBytes)}${already}`;
}

function containerFact({ target, name, state, exitCode, url, files, durationMs }: ContainerEvent): Fact {
  const isGood = exitCode === undefined ? state !== 'unhealthy' : exitCode === 0;
  const role = state === 'stopped' || state === 'removed' ? 'quiet' : isGood ? 'good' : 'bad';
  const facts = [
    exitCode === undefined ? '' : ` with ${exitCode}`,
    files === undefined ? '' : `, ${counted(files, 'file')}`,
    durationMs === undefined ? '' : ` in ${formatDuration(durationMs)}`,
    url === undefined ? '' : ` → ${url}`,
  ];
  return { role, word: 'run', text: `${target} ${state}${facts.join('')} (${name})` };
}

function built({ title, sizeBytes, durationMs }: Extract<Event, { type: 'node-finished' }>): string {
  return `${title}${sizeBytes === undefined ? '' : `, ${formatBytes(sizeBytes)}`} in ${formatDuration(durationMs)}`;
}

/** `api → out sha256:…`, and what was moved for it. */
export function delivered(event: Extract<Event, { type: 'delivered' }>, cwd: string): string {
  const { target, output, digest, sentBlobs } = event;
  const moved = sentBlobs === 0 ? 'up to date' : movedText(event);
  const way = event.way === undefined ? '' : `, ${ways[event.way]}`;
  return `${target} → ${shownPath(output, cwd)} ${shortDigest(digest)} (${moved}${way})`;
}

const ways: Readonly<Record<DeliveryWay, string>> = {
  pull: 'fetched by the engine',
  'missing-layers': 'as an archive of the layers that it lacked',
  whole: 'as a whole archive',
};

function doneText(event: Done): string {
  const { built, fresh, durationMs, sentBytes, savedBytes } = event;
  const moved = sentBytes + savedBytes === 0 ? '' : `; ${movedText(event)}`;
  return `${counted(built, 'layer')} built, ${fresh} fresh, in ${formatDuration(durationMs)}${moved}`;
}

/** Bytes that were sent, and those that did not have to be. */
function movedText({ sentBytes, savedBytes }: { readonly sentBytes: number; readonly savedBytes: number }): string {
  return `sent ${formatBytes(sentBytes)}, saved ${formatBytes(savedBytes)}`;
}

/** `src/a.py, src/b.py and 3 more`. */
function changedPaths({ paths, more }: Extract<Event, { type: 'changed' }>): string {
  return `${paths.join(', ')}${more === 0 ? '' : ` and ${more} more`}`;
}

function warningLines(event: WarningEvent, paint: Paint): readonly string[] {
  const { title, text } = warningFact(event);
  const { hint } = event;
  return [
    `${paint('warning', title)}: ${visible(text)}`,
    ...(hint === undefined ? [] : [`  = help: ${paint('hint', visible(hint))}`]),
  ];
}

/** A warning's heading, and its text with its place. */
export function warningFact({ code, message, location }: WarningEvent): {
  readonly title: string;
  readonly text: string;
} {
  const place = location === undefined ? '' : `${location.file}:${location.line}: `;
  return { title: `warning[${code}]`, text: place + message };
}
