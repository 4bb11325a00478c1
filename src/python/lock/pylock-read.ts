import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { PycontainerError, type SourceLocation } from '../../errors.ts';
import { parseSdistFilename, parseWheelFilename, type SdistFilename } from '../filename.ts';
import { parseMarker, type Marker } from '../marker.ts';
import { isNormalizedName, normalizeName } from '../name.ts';
import { parseSpecifiers } from '../specifier.ts';
import type { Table } from '../table.ts';
import { compareVersions, parseVersion, type Version } from '../version.ts';
import { filenameOf } from './filename-of.ts';
import { type LockInputs, readInputs } from './made.ts';
import type { LockedFile, LockedSource } from './package.ts';

/** A pylock.toml that was read and checked (PEP 751). */
export interface PylockFile {
  /** As the user would type it. */
  readonly shown: string;
  readonly version: { readonly text: string; readonly isNewer: boolean; readonly location: SourceLocation };
  /** The lock is for images that meet one of them; empty: for all. */
  readonly environments: readonly Marker[];
  readonly requiresPython?: string;
  readonly extras: readonly string[];
  readonly groups: readonly string[];
  readonly defaultGroups: readonly string[];
  /** Present where pycontainer made the lock. */
  readonly made?: LockInputs;
  /** In the lock's order; one name may stand there several times. */
  readonly packages: readonly PylockPackage[];
}

export interface PylockPackage {
  /** Normalized. */
  readonly name: string;
  readonly version?: string;
  readonly marker?: Marker;
  readonly requiresPython?: string;
  readonly source: LockedSource;
  /** `git`, `hg` and so on, for a package of that source. */
  readonly versionControl?: string;
  readonly wheels: readonly LockedFile[];
  readonly sdist?: LockedFile;
  /** Normalized names. */
  readonly dependencies: readonly string[];
  readonly location: SourceLocation;
}

/**
 * Checks a document against the specification. Errors: 'lock-syntax', 'lock-unsupported'.
 * @param folder absolute; paths in the lock are relative to it
 */
export function readPylockTable(table: Table, folder: string): PylockFile {
  const version = readLockVersion(table);
  table.requiredString('created-by');
  const made = readInputs(table);
  if (!table.has('packages')) throw table.error(`${table.source.file}: packages is missing`);
  const requiresPython = specifiersOf(table);
  return {
    shown: table.source.file,
    version,
    environments: table.strings('environments').map((text, index) => markerAt(table, text, 'environments', index)),
    ...(requiresPython !== undefined && { requiresPython }),
    extras: table.strings('extras').map((name, index) => normalizedAt(table, name, 'extras', index)),
    groups: table.strings('dependency-groups').map(normalizeName),
    defaultGroups: table.strings('default-groups').map(normalizeName),
    ...(made !== undefined && { made }),
    packages: table.tables('packages').map((entry) => readPackage(entry, folder)),
  };
}

function readLockVersion(table: Table): PylockFile['version'] {
  const text = table.requiredString('lock-version');
  const location = table.locate('lock-version');
  const version = at(table, ['lock-version'], () => parseVersion(text));
  const [one, two] = [parseVersion('1'), parseVersion('2')];
  if (compareVersions(version, one) >= 0 && compareVersions(version, two) < 0)
    return { text, isNewer: compareVersions(version, one) > 0, location };
  throw new PycontainerError('lock-unsupported', `${table.source.file} has the format version ${text}`, {
    hint: 'Version 1.0 is supported. Write the lock again with a tool that makes it.',
    location,
  });
}

function readPackage(table: Table, folder: string): PylockPackage {
  const name = normalizedAt(table, table.requiredString('name'), 'name');
  const [version, marker, requiresPython] = [table.string('version'), table.string('marker'), specifiersOf(table)];
  const parsed = version === undefined ? undefined : at(table, ['version'], () => parseVersion(version));
  table.table('tool');
  for (const identity of table.tables('attestation-identities')) identity.requiredString('kind');
  const source = readSource(table, folder);
  const versionControl = table.table('vcs')?.requiredString('type');
  const sdistTable = table.table('sdist');
  const wheels = table
    .tables('wheels')
    .map((entry) => checkedFile(entry, folder, { name, version: parsed }, parseWheelFilename));
  const sdist = sdistTable && checkedFile(sdistTable, folder, { name, version: parsed }, parseSdistFilename);
  return {
    name,
    ...(version !== undefined && { version }),
    ...(marker !== undefined && { marker: markerAt(table, marker, 'marker') }),
    ...(requiresPython !== undefined && { requiresPython }),
    source,
    ...(versionControl !== undefined && { versionControl }),
    ...archiveFiles(table, folder),
    ...(wheels.length > 0 && { wheels }),
    ...(sdist && { sdist }),
    dependencies: table.tables('dependencies').flatMap(dependencyName),
    location: table.location,
  };
}

/** A table tells as much as is needed to tell packages apart; one without a name tells nothing here. */
function dependencyName(table: Table): readonly string[] {
  const name = table.string('name');
  return name === undefined ? [] : [normalizeName(name)];
}

/** A package comes from files of an index, or from exactly one other place. */
function readSource(table: Table, folder: string): LockedSource {
  const places = ['vcs', 'directory', 'archive'].filter((key) => table.has(key));
  const hasFiles = table.has('sdist') || table.list('wheels').length > 0;
  const url = table.string('index');
  const what = `${table.source.file}: ${table.requiredString('name')}`;
  if (hasFiles && places.length > 0)
    throw table.error(`${what} has files of an index and ${places.join(', ')} besides`);
  if (!hasFiles && places.length !== 1)
    throw table.error(`${what} must have wheels, sdist, or one of vcs, directory, archive`);
  const [vcs, directory, archive] = [table.table('vcs'), table.table('directory'), table.table('archive')];
  if (vcs) return vcsSource(vcs, folder);
  if (directory) return directorySource(directory, folder);
  if (archive) return archiveSource(archive, folder);
  return { kind: 'index', ...(url !== undefined && { url }) };
}

/** Every version control is read as if it were git; the selection refuses the others. */
function vcsSource(table: Table, folder: string): LockedSource {
  const commit = table.requiredString('commit-id');
  table.string('requested-revision');
  return { kind: 'git', url: addressOf(table, folder), commit, ...subdirectoryOf(table) };
}

function directorySource(table: Table, folder: string): LockedSource {
  const place = path.resolve(folder, table.requiredString('path'), table.string('subdirectory') ?? '');
  return { kind: 'directory', path: place, editable: table.boolean('editable') ?? false, virtual: false };
}

function archiveSource(table: Table, folder: string): LockedSource {
  const [url, file] = [table.string('url'), table.string('path')];
  if (url === undefined && file !== undefined) return { kind: 'path', path: path.resolve(folder, file) };
  return { kind: 'url', url: addressOf(table, folder), ...subdirectoryOf(table) };
}

function subdirectoryOf(table: Table): { subdirectory?: string } {
  const subdirectory = table.string('subdirectory');
  return subdirectory === undefined ? {} : { subdirectory };
}

/** The one file of an archive stands among the wheels or as the sdist, as its name says. */
function archiveFiles(table: Table, folder: string): Pick<PylockPackage, 'wheels' | 'sdist'> {
  const archive = table.table('archive');
  if (archive === undefined) return { wheels: [] };
  const file = readFile(archive, folder);
  return file.filename.endsWith('.whl') ? { wheels: [file] } : { wheels: [], sdist: file };
}

/** A file whose name must say what the package says. */
function checkedFile(
  table: Table,
  folder: string,
  owner: { readonly name: string; readonly version: Version | undefined },
  parse: (filename: string) => SdistFilename,
): LockedFile {
  const file = readFile(table, folder);
  const said = at(table, [], () => parse(file.filename));
  if (said.name !== owner.name)
    throw table.error(`${table.source.file}: ${file.filename} is not a file of ${owner.name}`);
  if (owner.version !== undefined && compareVersions(said.version, owner.version) !== 0)
    throw table.error(`${table.source.file}: ${file.filename} is of another version than its package`);
  return file;
}

function readFile(table: Table, folder: string): LockedFile {
  const url = addressOf(table, folder);
  const filename = table.string('name') ?? filenameOf(table.string('path')?.replaceAll('\\', '/') ?? url);
  const sizeBytes = table.integer('size');
  const hashes = table.table('hashes');
  const known = hashes?.keys().map((algorithm) => `${algorithm}:${hashes.requiredString(algorithm)}`) ?? [];
  if (known.length === 0) throw table.error(`${table.source.file}: ${filename} has no hashes`);
  return { filename, url, hashes: known, ...(sizeBytes !== undefined && { sizeBytes }), location: table.location };
}

/** The URL that is there, or that of the path. */
function addressOf(table: Table, folder: string): string {
  const [url, file] = [table.string('url'), table.string('path')];
  if (url) return url;
  if (file) return pathToFileURL(path.resolve(folder, file)).href;
  throw table.error(`${table.source.file}: ${table.path.at(-1)} has neither url nor path`);
}

function specifiersOf(table: Table): string | undefined {
  const text = table.string('requires-python');
  if (text !== undefined) at(table, ['requires-python'], () => parseSpecifiers(text));
  return text;
}

function markerAt(table: Table, text: string, ...place: readonly (string | number)[]): Marker {
  return at(table, place, () => parseMarker(text));
}

function normalizedAt(table: Table, name: string, ...place: readonly (string | number)[]): string {
  if (isNormalizedName(name)) return name;
  throw table.error(`${table.source.file}: the name ${JSON.stringify(name)} is not normalized`, ...place);
}

/** Reads a value of the lock; what is wrong with it is a mistake at its place. */
function at<T>(table: Table, place: readonly (string | number)[], read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof PycontainerError)) throw cause;
    const location = table.locate(...place);
    throw new PycontainerError('lock-syntax', `${table.source.file}: ${cause.message}`, { location, cause });
  }
}
