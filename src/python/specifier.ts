import { PycontainerError } from '../errors.ts';
import { Scanner, isSpace, shown, strip } from './scanner.ts';
import {
  canonicalVersion,
  compareReleases,
  compareVersions,
  formatVersion,
  isPreRelease,
  publicVersion,
  readVersion,
} from './version.ts';
import type { Version } from './version.ts';

export type SpecifierOperator = '===' | '==' | '~=' | '!=' | '<=' | '>=' | '<' | '>';

/** One clause, e.g. `>=1.2`. */
export type Specifier =
  | { readonly operator: '==='; readonly text: string }
  | {
      readonly operator: Exclude<SpecifierOperator, '==='>;
      /** The version as written, `.*` included. */
      readonly text: string;
      readonly version: Version;
      /** Written with `.*`: only `==` and `!=`. */
      readonly wildcard: boolean;
    };

/** Clauses that must all hold, as written; none at all permits everything. */
export type Specifiers = readonly Specifier[];

/** Reads clauses between commas; empty ones are passed over. Errors: `specifier-invalid`. */
export function parseSpecifiers(text: string): Specifiers {
  return text
    .split(',')
    .map(strip)
    .filter((clause) => clause !== '')
    .map(parseSpecifier);
}

function parseSpecifier(clause: string): Specifier {
  const specifier = readSpecifier(clause);
  if (specifier !== undefined) return specifier;
  throw new PycontainerError('specifier-invalid', `${shown(clause)} is not a version specifier`, {
    hint: 'Specifiers look like >=1.2, ~=2.1 or ==3.* with commas between them (PEP 440).',
  });
}

/** Reads one clause; undefined for what is none. */
export function readSpecifier(clause: string): Specifier | undefined {
  const scanner = new Scanner(strip(clause));
  const operator = takeOperator(scanner);
  if (operator === undefined) return undefined;
  const text = strip(scanner.text.slice(scanner.position));
  if (operator === '===') return hasNoBreak(text) ? { operator, text } : undefined;
  const wildcard = text.endsWith('.*');
  const written = wildcard ? text.slice(0, -'.*'.length) : text;
  const version = strip(written) === written ? readVersion(written) : undefined;
  if (version === undefined || !isPermitted(operator, version, wildcard)) return undefined;
  return { operator, text, version, wildcard };
}

/** The operator that stands here, moving behind it. */
export function takeOperator(scanner: Scanner): SpecifierOperator | undefined {
  return scanner.take(/===|[=~!<>]=|[<>]/y) as SpecifierOperator | undefined;
}

/** `===` takes any text but what ends it inside a requirement. */
function hasNoBreak(text: string): boolean {
  for (let index = 0; index < text.length; index += 1)
    if (isSpace(text, index) || text[index] === ';' || text[index] === ')') return false;
  return true;
}

function isPermitted(operator: SpecifierOperator, version: Version, wildcard: boolean): boolean {
  if (wildcard) return /^[=!]=$/.test(operator) && isBare(version);
  if (operator === '~=' && version.release.length < 2) return false;
  return version.local === undefined || /^[=!]=$/.test(operator);
}

function isBare({ pre, post, dev, local }: Version): boolean {
  return [pre, post, dev, local].every((part) => part === undefined);
}

/**
 * The clauses in order of their text, without repetitions, as `packaging` writes them. Versions keep their spelling.
 */
export function formatSpecifiers(specifiers: Specifiers): string {
  const keys = new Map(specifiers.map((specifier) => [formatSpecifier(specifier), specifierKey(specifier)]));
  const firsts = new Map<string, string>();
  for (const text of [...keys.keys()].toSorted()) {
    const key = keys.get(text) ?? text;
    if (!firsts.has(key)) firsts.set(key, text);
  }
  return [...firsts.values()].join(',');
}

function formatSpecifier({ operator, text }: Specifier): string {
  return operator + text;
}

/** Equal for clauses that mean the same: `==1.0` and `==1`, but not `~=1.0` and `~=1.0.0`. */
function specifierKey(specifier: Specifier): string {
  if (specifier.operator === '===' || specifier.wildcard) return formatSpecifier(specifier);
  const { operator, version } = specifier;
  return operator + (operator === '~=' ? formatVersion(version) : canonicalVersion(version));
}

/**
 * Whether a version meets every clause (PEP 440). A text that is no version meets only `===` with that text, and no
 * clause at all.
 * @param preReleases false refuses pre-releases; true and null take them, since a single version has no alternative.
 *   To choose among several versions use `filterVersions`.
 */
export function specifiersContain(
  specifiers: Specifiers,
  version: Version | string,
  preReleases: boolean | null = true,
): boolean {
  const read = typeof version === 'string' ? readVersion(version) : version;
  if (preReleases === false && read !== undefined && isPreRelease(read)) return false;
  const text = typeof version === 'string' ? version : formatVersion(version);
  return specifiers.every((specifier) =>
    specifier.operator === '==='
      ? specifier.text.toLowerCase() === text.toLowerCase()
      : read !== undefined && meets(read, specifier),
  );
}

type Ordered = Exclude<Specifier, { operator: '===' }>;

function meets(version: Version, specifier: Ordered): boolean {
  const limit = specifier.version;
  switch (specifier.operator) {
    case '==':
      return equals(version, specifier);
    case '!=':
      return !equals(version, specifier);
    case '>=':
      return compareVersions(version, limit) >= 0;
    case '<=':
      return compareVersions(publicVersion(version), limit) <= 0;
    case '~=':
      return compareVersions(version, limit) >= 0 && startsWith(version, limit, limit.release.length - 1);
    case '<':
      return compareVersions(version, isPreRelease(limit) ? limit : { ...limit, dev: '0' }) < 0;
    case '>':
      return compareVersions(publicVersion(version), limit) > 0 && !isPostReleaseOf(version, limit);
  }
}

function equals(version: Version, { version: limit, wildcard }: Ordered): boolean {
  if (wildcard) return startsWith(version, limit, limit.release.length);
  return compareVersions(limit.local ? version : publicVersion(version), limit) === 0;
}

/** Whether the first numbers of both releases are the same, missing ones counted as zeros. */
function startsWith(version: Version, limit: Version, length: number): boolean {
  return (
    version.epoch === limit.epoch &&
    compareReleases(version.release.slice(0, length), limit.release.slice(0, length)) === 0
  );
}

/** `>1.0` does not take 1.0.post1, though it is later; `>1.0.post1` takes 1.0.post2. */
function isPostReleaseOf(version: Version, limit: Version): boolean {
  if (limit.post !== undefined || limit.dev !== undefined || version.post === undefined) return false;
  const { post: _post, dev: _dev, ...rest } = publicVersion(version);
  return compareVersions(rest, limit) === 0;
}
