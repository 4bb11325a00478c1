import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatMarker, type Marker } from '../marker.ts';
import type { LockInputs } from './made.ts';
import type { LockedFile, LockedSource } from './package.ts';

/** What a pylock.toml is written from (PEP 751). */
export interface PylockContent {
  /** The lock is for images that meet one of them; empty: for all. */
  readonly environments: readonly Marker[];
  readonly requiresPython?: string;
  /** In any order. */
  readonly packages: readonly PylockEntry[];
  readonly made: LockInputs;
}

export interface PylockEntry {
  /** Normalized. */
  readonly name: string;
  readonly version?: string;
  readonly marker?: Marker;
  readonly requiresPython?: string;
  readonly source: LockedSource;
  /** At least one for a package of an index; each with a hash and a URL. */
  readonly wheels: readonly LockedFile[];
  /** Normalized names. */
  readonly dependencies: readonly string[];
}

export interface PylockPlace {
  /** The folder that the lock will stand in, absolute. */
  readonly folder: string;
  /** Files below it are named by their path from `folder`, others by their URL; absolute. */
  readonly root: string;
}

/** The lock as text. The same packages give the same bytes, in whatever order they come. */
export function formatPylock(content: PylockContent, place: PylockPlace): string {
  const { environments, requiresPython, packages, made } = content;
  const head = [
    'lock-version = "1.0"',
    ...(environments.length === 0 ? [] : [`environments = ${list(environments.map(formatMarker))}`]),
    ...(requiresPython === undefined ? [] : [`requires-python = ${text(requiresPython)}`]),
    'created-by = "pycontainer"',
    ...(packages.length === 0 ? ['packages = []'] : []),
  ];
  const tables = packages.map((entry) => ['[[packages]]', ...packageLines(entry, place)].join('\n'));
  return [head.join('\n'), ...tables.toSorted(), madeLines(made).join('\n')].join('\n\n').concat('\n');
}

function madeLines({ from, requirements, constraints }: LockInputs): string[] {
  return [
    '[tool.pycontainer]',
    `from = ${text(from)}`,
    `requirements = ${longList(requirements)}`,
    ...(constraints.length === 0 ? [] : [`constraints = ${longList(constraints)}`]),
  ];
}

function packageLines(entry: PylockEntry, place: PylockPlace): string[] {
  const { name, version, marker, requiresPython, dependencies } = entry;
  const needed = [...new Set(dependencies)].toSorted().map((other) => `{ name = ${text(other)} }`);
  return [
    `name = ${text(name)}`,
    ...(version === undefined ? [] : [`version = ${text(version)}`]),
    ...(marker === undefined ? [] : [`marker = ${text(formatMarker(marker))}`]),
    ...(requiresPython === undefined ? [] : [`requires-python = ${text(requiresPython)}`]),
    ...(needed.length === 0 ? [] : [`dependencies = [${needed.join(', ')}]`]),
    ...sourceLines(entry, place),
  ];
}

function sourceLines({ source, wheels }: PylockEntry, place: PylockPlace): string[] {
  switch (source.kind) {
    case 'index': {
      const files = wheels.toSorted((a, b) => (a.filename < b.filename ? -1 : 1));
      return [
        ...(source.url === undefined ? [] : [`index = ${text(source.url)}`]),
        'wheels = [',
        ...files.map((file) => `  ${table({ name: text(file.filename), ...fileFields(file, place) })},`),
        ']',
      ];
    }
    case 'url':
    case 'path': {
      const { subdirectory } = { subdirectory: undefined, ...source };
      const [file] = wheels;
      return file === undefined
        ? []
        : [`archive = ${table({ ...fileFields(file, place), ...optional('subdirectory', subdirectory) })}`];
    }
    case 'directory':
      return [
        `directory = ${table({ path: text(relative(source.path, place)), ...(source.editable && { editable: 'true' }) })}`,
      ];
    case 'git': {
      const { url, commit, subdirectory } = source;
      const fields = { type: text('git'), url: text(url), 'commit-id': text(commit) };
      return [`vcs = ${table({ ...fields, ...optional('subdirectory', subdirectory) })}`];
    }
  }
}

function fileFields({ url = '', sizeBytes, hashes }: LockedFile, place: PylockPlace): Record<string, string> {
  const file = url.startsWith('file:') ? fileURLToPath(url) : undefined;
  const isOurs = file !== undefined && isBelow(file, place.root);
  const pairs = hashes.map((hash) => hash.split(':')).toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1));
  return {
    ...(isOurs ? { path: text(relative(file, place)) } : { url: text(url) }),
    ...(sizeBytes === undefined ? {} : { size: String(sizeBytes) }),
    hashes: table(Object.fromEntries(pairs.map(([algorithm = '', hex = '']) => [algorithm, text(hex)]))),
  };
}

function isBelow(file: string, root: string): boolean {
  const way = path.relative(root, file);
  return way !== '..' && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way);
}

function relative(file: string, { folder }: PylockPlace): string {
  return path.relative(folder, file).replaceAll(path.sep, '/') || '.';
}

function optional(key: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [key]: text(value) };
}

/** An inline table of values that are TOML already. */
function table(fields: Readonly<Record<string, string>>): string {
  return `{ ${Object.entries(fields)
    .map(([key, value]) => `${key} = ${value}`)
    .join(', ')} }`;
}

function list(values: readonly string[]): string {
  return `[${values.map(text).join(', ')}]`;
}

/** One entry a line, so that changes can be read and merged. */
function longList(values: readonly string[]): string {
  return values.length === 0 ? '[]' : `[\n${values.map((value) => `  ${text(value)},\n`).join('')}]`;
}

/** A basic string. JSON escapes all that TOML wants escaped, but for DEL. */
function text(value: string): string {
  return JSON.stringify(value.toWellFormed()).replaceAll('\u007f', '\\u007f');
}
