import path from 'node:path';
import { PycontainerError, type SourceLocation } from '../../errors.ts';
import { parseMarker, type Marker } from '../marker.ts';
import { normalizeName } from '../name.ts';
import { readPoetryDependencies, type PoetryDependency } from '../project-poetry.ts';
import type { Table } from '../table.ts';
import { parseToml } from '../toml.ts';
import { splitFiles } from './files.ts';
import type { LockedPackage, LockedSource } from './package.ts';

export interface PoetryLockFile {
  readonly shown: string;
  readonly packages: readonly PoetryPackage[];
  /** Whether the packages say which groups want them (version 2.1). */
  readonly hasGroups: boolean;
  /** Names of packages by extra of the project. */
  readonly extras: ReadonlyMap<string, readonly string[]>;
  /** Poetry's constraint. */
  readonly pythonVersions: string;
  readonly contentHash?: { readonly text: string; readonly location: SourceLocation };
}

export interface PoetryPackage {
  readonly locked: Omit<LockedPackage, 'requested' | 'requires'>;
  readonly pythonVersions: string;
  /** Which groups want it, and where; undefined: everywhere. */
  readonly groups: ReadonlyMap<string, Marker | undefined>;
  readonly dependencies: readonly PoetryDependency[];
  /** Names of packages by extra. */
  readonly extras: ReadonlyMap<string, readonly string[]>;
}

/** Errors: 'lock-syntax', 'lock-unsupported'. Paths in the lock are relative to the folder. */
export function parsePoetryLock(text: string, folder: string, shown: string): PoetryLockFile {
  const toml = parseToml(text, shown, 'lock-syntax');
  const metadata = toml.table('metadata');
  if (metadata === undefined) throw toml.error(`${shown} has no metadata`);
  const [major = 0, minor = 0] = (metadata.string('lock-version') ?? '1.0').split('.').map(Number);
  if (major !== 1 && major !== 2) throw unsupported(metadata, shown);
  const contentHash = metadata.string('content-hash');
  return {
    shown,
    packages: toml.tables('package').map((table) => readPackage(table, metadata, folder)),
    hasGroups: major === 2 && minor >= 1,
    extras: extrasOf(toml.table('extras')),
    pythonVersions: metadata.string('python-versions') ?? '*',
    ...(contentHash === undefined
      ? {}
      : { contentHash: { text: contentHash, location: metadata.locate('content-hash') } }),
  };
}

function unsupported(metadata: Table, shown: string): PycontainerError {
  return new PycontainerError(
    'lock-unsupported',
    `${shown} has the format version ${metadata.string('lock-version') ?? ''}`,
    {
      hint: 'The versions 1.x and 2.x are supported. Write the lock again with such a Poetry: poetry lock.',
      location: metadata.locate('lock-version'),
    },
  );
}

function readPackage(table: Table, metadata: Table, folder: string): PoetryPackage {
  const writtenName = table.requiredString('name');
  const source = readSource(table, folder);
  return {
    locked: {
      name: normalizeName(writtenName),
      version: table.requiredString('version'),
      source,
      ...splitFiles(fileTables(table, metadata, writtenName), source),
      hashes: bareHashes(metadata, writtenName),
      location: table.location,
    },
    pythonVersions: table.string('python-versions') ?? '*',
    groups: readGroups(table),
    dependencies: readPoetryDependencies(table.table('dependencies')),
    extras: extrasOf(table.table('extras')),
  };
}

/** Files stand with the package, in older locks under `metadata.files`. */
function fileTables(table: Table, metadata: Table, name: string): Table[] {
  if (table.has('files')) return table.tables('files');
  return metadata.table('files')?.tables(name) ?? [];
}

/** The oldest locks have hashes without names. */
function bareHashes(metadata: Table, name: string): string[] {
  return (
    metadata
      .table('hashes')
      ?.strings(name)
      .map((hash) => `sha256:${hash}`) ?? []
  );
}

function readSource(table: Table, folder: string): LockedSource {
  const source = table.table('source');
  const url = source?.string('url') ?? '';
  const subdirectory = source?.string('subdirectory');
  const inside = subdirectory === undefined ? {} : { subdirectory };
  switch (source?.string('type')) {
    case 'git':
      return {
        kind: 'git',
        url,
        commit: source.string('resolved_reference') ?? source.requiredString('reference'),
        ...inside,
      };
    case 'url':
      return { kind: 'url', url, ...inside };
    case 'file':
      return { kind: 'path', path: path.resolve(folder, url) };
    case 'directory':
      return {
        kind: 'directory',
        path: path.resolve(folder, url),
        editable: table.boolean('develop') ?? false,
        virtual: false,
      };
    default:
      return { kind: 'index', ...(url === '' ? {} : { url }) };
  }
}

/** `markers` is one for all groups, or one for each. */
function readGroups(table: Table): Map<string, Marker | undefined> {
  const each = typeof table.raw('markers') === 'string' ? undefined : table.table('markers');
  return new Map(
    table.strings('groups').map((group) => {
      const text = each === undefined ? table.string('markers') : each.string(group);
      return [normalizeName(group), text === undefined || text === '*' ? undefined : markerAt(table, text)];
    }),
  );
}

function markerAt(table: Table, text: string): Marker {
  try {
    return parseMarker(text);
  } catch (cause) {
    throw new PycontainerError('lock-syntax', `${table.source.file}: "${text}" is not a marker`, {
      location: table.locate('markers'),
      cause,
    });
  }
}

/** Extras list requirements, in older locks not quite as PEP 508 has them: only the name counts. */
function extrasOf(table: Table | undefined): Map<string, readonly string[]> {
  return new Map(
    table
      ?.keys()
      .map((key) => [
        normalizeName(key),
        table.strings(key).map((text) => normalizeName(/^[\w.-]*/.exec(text.trim())?.[0] ?? '')),
      ]),
  );
}
