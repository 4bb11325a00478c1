import type { Reason } from '../events.ts';
import { formatBytes, shortDigest } from './units.ts';

/** Why something is stale, in a few words. */
export function formatReason(reason: Reason): string {
  switch (reason.kind) {
    case 'never-built':
      return 'never built';
    case 'asked':
      return '--no-cache';
    case 'file':
      return `${reason.path} ${reason.change}`;
    case 'package':
      return packageText(reason);
    case 'divided':
      return dividedText(reason);
    case 'base':
      return `base moved from ${shortDigest(reason.from)} to ${shortDigest(reason.to)}`;
    case 'setting':
      return `${reason.key} was ${reason.from}, is ${reason.to}`;
    case 'evicted':
      return 'no longer in the store';
    case 'cache-lost':
      return `unusable in ${reason.cache}`;
    case 'format':
      return 'made by another version of pycontainer';
    case 'below':
      return `${reason.node.replace(/^image:/, '')} is stale`;
    case 'not-delivered':
      return `lacks ${reason.what}`;
  }
}

/** From what a person changed to what only follows from it. */
const telling: readonly Reason['kind'][] = [
  'package',
  'file',
  'base',
  'setting',
  'divided',
  'format',
  'evicted',
  'cache-lost',
  'not-delivered',
  'asked',
  'never-built',
  'below',
];

/** The most telling reasons, each text once, and how many more there are. */
export function formatReasons(reasons: readonly Reason[], most = 1): string {
  const sorted = reasons.toSorted((a, b) => telling.indexOf(a.kind) - telling.indexOf(b.kind));
  const texts = [...new Set(sorted.map(formatReason))];
  const more = texts.length - most;
  const shown = texts.slice(0, most).join('; ');
  return more > 0 ? `${shown}, and ${more} more` : shown;
}

function packageText({ name, from, to, location, sizeBytes }: Extract<Reason, { kind: 'package' }>): string {
  const place = location === undefined ? '' : ` (${location.file}:${location.line})`;
  const size = sizeBytes === undefined ? '' : `, ${formatBytes(sizeBytes)}`;
  if (to === undefined) return `${name} ${from ?? ''} removed`;
  if (from === undefined) return `${name} ${to} added${place}${size}`;
  return from === to
    ? `${name} ${to} comes from another wheel${place}${size}`
    : `${name} ${from} → ${to}${place}${size}`;
}

function dividedText({ joined, left }: Extract<Reason, { kind: 'divided' }>): string {
  const moves = [
    ...(joined.length === 0 ? [] : [`${listed(joined)} came in`]),
    ...(left.length === 0 ? [] : [`${listed(left)} went out`]),
  ];
  return `the same wheels, divided anew: ${moves.join(', ')}`;
}

function listed(names: readonly string[]): string {
  const more = names.length - 3;
  return more > 0 ? `${names.slice(0, 3).join(', ')} and ${more} more` : names.join(', ');
}
