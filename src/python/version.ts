import { PycontainerError } from '../errors.ts';
import { Scanner, shown, strip } from './scanner.ts';

/**
 * A natural number as decimal digits without leading zeros: versions carry dates and hashes that no JavaScript number
 * holds exactly.
 */
export type Numeral = string;

export type PreReleasePhase = 'a' | 'b' | 'rc';

/** A version as PEP 440 has it, read and normalized. */
export interface Version {
  readonly epoch: Numeral;
  /** At least one number; trailing zeros as written. */
  readonly release: readonly Numeral[];
  readonly pre?: { readonly phase: PreReleasePhase; readonly number: Numeral };
  readonly post?: Numeral;
  readonly dev?: Numeral;
  /** The segments behind `+`, in lower case. */
  readonly local?: readonly string[];
}

const digits = /[0-9]+/y;
const phases: Readonly<Record<string, PreReleasePhase>> = {
  a: 'a',
  alpha: 'a',
  b: 'b',
  beta: 'b',
  c: 'rc',
  rc: 'rc',
  pre: 'rc',
  preview: 'rc',
};

/** Reads every spelling that PEP 440 permits, whitespace around it included. Errors: `version-invalid`. */
export function parseVersion(text: string): Version {
  const version = readVersion(text);
  if (version !== undefined) return version;
  throw new PycontainerError('version-invalid', `${shown(text)} is not a version`, {
    hint: 'Versions look like 1.2.3, 2.0rc1 or 1.4.post2 (PEP 440).',
  });
}

/** As {@link parseVersion}; undefined for what is no version. */
export function readVersion(text: string): Version | undefined {
  const scanner = new Scanner(strip(text));
  scanner.take(/v/iy);
  const start = readStart(scanner);
  if (start === undefined) return undefined;
  const pre = readPre(scanner);
  const post = readPost(scanner);
  const dev = scanner.take(/[._-]?dev[._-]?/iy) === undefined ? undefined : readNumber(scanner);
  const local = readLocal(scanner);
  if (!scanner.done) return undefined;
  return {
    ...start,
    ...(pre && { pre }),
    ...(post !== undefined && { post }),
    ...(dev !== undefined && { dev }),
    ...(local && { local }),
  };
}

function readStart(scanner: Scanner): Pick<Version, 'epoch' | 'release'> | undefined {
  let first = scanner.take(digits);
  let epoch = '0';
  if (first !== undefined && scanner.take(/!/y) !== undefined) {
    epoch = numeral(first);
    first = scanner.take(digits);
  }
  if (first === undefined) return undefined;
  const release = [numeral(first)];
  for (;;) {
    const next = scanner.take(/\.[0-9]+/y);
    if (next === undefined) return { epoch, release };
    release.push(numeral(next.slice(1)));
  }
}

function readPre(scanner: Scanner): Version['pre'] {
  const word = scanner.take(/[._-]?(?:alpha|a|beta|b|preview|pre|c|rc)[._-]?/iy);
  const phase = phases[word?.replaceAll(/[._-]/g, '').toLowerCase() ?? ''];
  return phase && { phase, number: readNumber(scanner) };
}

function readPost(scanner: Scanner): Numeral | undefined {
  const implicit = scanner.take(/-[0-9]+/y);
  if (implicit !== undefined) return numeral(implicit.slice(1));
  return scanner.take(/[._-]?(?:post|rev|r)[._-]?/iy) === undefined ? undefined : readNumber(scanner);
}

function readLocal(scanner: Scanner): readonly string[] | undefined {
  if (scanner.peek(/\+[a-z0-9]/iy) === undefined) return undefined;
  const segments: string[] = [];
  for (;;) {
    const next = scanner.take(segments.length === 0 ? /\+[a-z0-9]+/iy : /[._-][a-z0-9]+/iy);
    if (next === undefined) return segments;
    const segment = next.slice(1).toLowerCase();
    segments.push(isNumeral(segment) ? numeral(segment) : segment);
  }
}

function readNumber(scanner: Scanner): Numeral {
  return numeral(scanner.take(digits) ?? '0');
}

function numeral(text: string): Numeral {
  let start = 0;
  while (start < text.length - 1 && text[start] === '0') start += 1;
  return text.slice(start);
}

/** The normal form. Equal versions may differ in it by trailing zeros of the release. */
export function formatVersion(version: Version): string {
  const { epoch, release, pre, post, dev, local } = version;
  return [
    epoch === '0' ? '' : `${epoch}!`,
    release.join('.'),
    pre ? pre.phase + pre.number : '',
    post === undefined ? '' : `.post${post}`,
    dev === undefined ? '' : `.dev${dev}`,
    local ? `+${local.join('.')}` : '',
  ].join('');
}

/** One text for all equal versions: the normal form without trailing zeros in the release (`1.0` and `1` give `1`). */
export function canonicalVersion(version: Version): string {
  return formatVersion({ ...version, release: trimRelease(version.release) });
}

/** Pre-releases and development releases. */
export function isPreRelease(version: Version): boolean {
  return version.pre !== undefined || version.dev !== undefined;
}

/** The version without its local part. */
export function publicVersion(version: Version): Version {
  const { local: _, ...rest } = version;
  return rest;
}

/** The order of PEP 440, total: negative, zero or positive. `1.0` and `1` are equal. */
export function compareVersions(a: Version, b: Version): number {
  return (
    compareNumerals(a.epoch, b.epoch) ||
    compareReleases(a.release, b.release) ||
    comparePre(a, b) ||
    compareNumerals(a.post ?? '', b.post ?? '') ||
    compareDev(a.dev, b.dev) ||
    compareLocals(a.local, b.local)
  );
}

/** Missing numbers count as zeros. */
export function compareReleases(a: readonly Numeral[], b: readonly Numeral[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const order = compareNumerals(a[index] ?? '0', b[index] ?? '0');
    if (order !== 0) return order;
  }
  return 0;
}

/** Longer is larger, since there are no leading zeros; the empty text of what is absent stands below all. */
function compareNumerals(a: Numeral, b: Numeral): number {
  return a.length - b.length || compareText(a, b);
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function comparePre(a: Version, b: Version): number {
  return phaseRank(a) - phaseRank(b) || compareNumerals(a.pre?.number ?? '', b.pre?.number ?? '');
}

/** 1.0.dev1 < 1.0a1 < 1.0b1 < 1.0rc1 < 1.0, and so is 1.0.post1.dev1 no pre-release of 1.0. */
function phaseRank({ pre, post, dev }: Version): number {
  if (pre) return { a: 1, b: 2, rc: 3 }[pre.phase];
  return post === undefined && dev !== undefined ? 0 : 4;
}

function compareDev(a: Numeral | undefined, b: Numeral | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return compareNumerals(a, b);
}

function compareLocals(a: readonly string[] = [], b: readonly string[] = []): number {
  for (let index = 0; index < Math.min(a.length, b.length); index += 1) {
    const order = compareSegments(a[index] ?? '', b[index] ?? '');
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Numbers stand above words. */
function compareSegments(a: string, b: string): number {
  const [aIsNumber, bIsNumber] = [isNumeral(a), isNumeral(b)];
  if (aIsNumber !== bIsNumber) return aIsNumber ? 1 : -1;
  return aIsNumber ? compareNumerals(a, b) : compareText(a, b);
}

function isNumeral(text: string): boolean {
  return /^[0-9]+$/.test(text);
}

function trimRelease(release: readonly Numeral[]): readonly Numeral[] {
  const last = release.findLastIndex((part) => part !== '0');
  return release.slice(0, Math.max(last, 0) + 1);
}
