import path from 'node:path';
import { PycontainerError } from '../../errors.ts';
import type { WarningEvent } from '../../events.ts';
import type { MarkerEnvironment } from '../environment.ts';
import { evaluateMarker, parseMarker, type Marker } from '../marker.ts';
import { normalizeName } from '../name.ts';
import type { Table } from '../table.ts';
import { checkExtras, checkGroups, sortUnique } from './checks.ts';
import { splitFiles } from './files.ts';
import { parseJson } from './json.ts';
import type { Lock, LockIndexes, SelectRequest, Selection } from './lock.ts';
import type { LockedPackage, LockedSource } from './package.ts';
import { fillIn } from './requirements-lines.ts';

interface PipfileEntry {
  readonly locked: LockedPackage;
  readonly marker?: Marker;
}

interface PipfileLockFile {
  readonly shown: string;
  /** By category: `default`, `develop` and others. */
  readonly categories: ReadonlyMap<string, readonly PipfileEntry[]>;
  readonly python?: string;
  readonly indexes: LockIndexes;
}

/**
 * Reads a Pipfile.lock (specification 6). Dependency groups are its categories; `dev` and `dev-packages` mean
 * `develop`. Errors: 'lock-syntax', 'lock-unsupported'.
 * @param file absolute
 * @param shown as the user would type it
 * @param variables what `${NAME}` in the addresses of indexes stands for
 */
export function readPipfileLock(
  text: string,
  file: string,
  shown: string,
  variables: Readonly<Record<string, string | undefined>>,
): Lock {
  const lock = parsePipfileLock(text, path.dirname(file), shown, variables);
  return { kind: 'pipfile', file, indexes: lock.indexes, select: (request) => select(lock, request) };
}

function parsePipfileLock(
  text: string,
  folder: string,
  shown: string,
  variables: Readonly<Record<string, string | undefined>>,
): PipfileLockFile {
  const root = parseJson(text, shown, 'lock-syntax');
  const meta = root.table('_meta');
  if (meta?.integer('pipfile-spec') !== 6) {
    throw new PycontainerError('lock-unsupported', `${shown} is not of the Pipfile specification 6`, {
      hint: 'Write the lock again: pipenv lock.',
      location: root.locate('_meta', 'pipfile-spec'),
    });
  }
  const sources = new Map(
    meta
      .tables('sources')
      .map((source) => [source.string('name') ?? '', fillIn(source.requiredString('url'), variables)]),
  );
  const [indexUrl, ...extraIndexUrls] = sources.values();
  const requires = meta.table('requires');
  const python = requires?.string('python_full_version') ?? requires?.string('python_version');
  const categories = root.keys().filter((key) => key !== '_meta');
  return {
    shown,
    categories: new Map(categories.map((key) => [normalizeName(key), readCategory(root.table(key), sources, folder)])),
    ...(python === undefined ? {} : { python }),
    indexes: { ...(indexUrl === undefined ? {} : { indexUrl }), extraIndexUrls, findLinks: [], noIndex: false },
  };
}

function readCategory(table: Table | undefined, sources: ReadonlyMap<string, string>, folder: string): PipfileEntry[] {
  return (
    table?.keys().flatMap((key) => {
      const entry = table.table(key);
      return entry === undefined ? [] : [readEntry(key, entry, sources, folder)];
    }) ?? []
  );
}

function readEntry(key: string, entry: Table, sources: ReadonlyMap<string, string>, folder: string): PipfileEntry {
  const source = readSource(entry, sources, folder);
  const marker = entry.string('markers');
  const version = entry.string('version');
  if (version !== undefined && !/^===?[^*]+$/.test(version)) throw unpinned(key, entry);
  if (version === undefined && source.kind === 'index') throw unpinned(key, entry);
  return {
    locked: {
      name: normalizeName(key),
      ...(version === undefined ? {} : { version: version.replace(/^=+\s*/, '') }),
      source,
      ...splitFiles([], source),
      hashes: entry.strings('hashes'),
      location: entry.location,
      requested: entry.has('index') || source.kind !== 'index',
      requires: [],
    },
    ...(marker === undefined ? {} : { marker: markerOf(entry, marker) }),
  };
}

function unpinned(key: string, entry: Table): PycontainerError {
  return new PycontainerError('lock-unpinned', `${key} is not pinned to one version in ${entry.source.file}`, {
    hint: 'Write the lock again: pipenv lock.',
    location: entry.location,
  });
}

function markerOf(entry: Table, text: string): Marker {
  try {
    return parseMarker(text);
  } catch (cause) {
    const location = entry.locate('markers');
    throw new PycontainerError('lock-syntax', `${entry.source.file}: "${text}" is not a marker`, { location, cause });
  }
}

function readSource(entry: Table, sources: ReadonlyMap<string, string>, folder: string): LockedSource {
  const subdirectory = entry.string('subdirectory');
  const git = entry.string('git');
  if (git !== undefined) {
    return {
      kind: 'git',
      url: git,
      commit: entry.requiredString('ref'),
      ...(subdirectory === undefined ? {} : { subdirectory }),
    };
  }
  const file = entry.string('file') ?? entry.string('path');
  if (file === undefined) {
    const url = sources.get(entry.string('index') ?? '');
    return { kind: 'index', ...(url === undefined ? {} : { url }) };
  }
  if (/^https?:/.test(file)) return { kind: 'url', url: file };
  const absolute = path.resolve(folder, file);
  if (/\.(?:whl|zip|gz|bz2|xz|tgz)$/.test(file)) return { kind: 'path', path: absolute };
  return { kind: 'directory', path: absolute, editable: entry.boolean('editable') ?? false, virtual: false };
}

function select(lock: PipfileLockFile, request: SelectRequest): Selection {
  const groups = request.groups.map((name) => (name === 'dev' || name === 'dev-packages' ? 'develop' : name));
  checkExtras(request.extras, new Set(), lock.shown);
  checkGroups(groups, new Set(lock.categories.keys()), lock.shown);
  const chosen = new Map<string, LockedPackage>();
  for (const category of ['default', ...groups]) {
    for (const { locked, marker } of lock.categories.get(category) ?? []) {
      if (marker !== undefined && !evaluateMarker(marker, request.environment)) continue;
      const other = chosen.get(locked.name);
      const isSame = other?.version === locked.version;
      chosen.set(other === undefined || isSame ? locked.name : `${locked.name} in ${category}`, locked);
    }
  }
  const packages = sortUnique([...chosen.values()], 'Ask for fewer groups, or write the lock again: pipenv lock.');
  return { packages, warnings: pythonWarning(lock, request.environment) };
}

/** Pipenv only warns of another Python, and so do we. */
function pythonWarning({ python, shown }: PipfileLockFile, environment: MarkerEnvironment): WarningEvent[] {
  const actual = environment.python_full_version;
  if (python === undefined || actual === python || actual.startsWith(`${python}.`)) return [];
  const message = `${shown} was made for Python ${python}, and the base has Python ${actual}`;
  return [{ type: 'warning', code: 'base-python', message }];
}
