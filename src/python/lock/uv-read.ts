import path from 'node:path';
import { PycontainerError } from '../../errors.ts';
import { parseMarker, type Marker } from '../marker.ts';
import { normalizeName } from '../name.ts';
import type { Table } from '../table.ts';
import { parseToml } from '../toml.ts';
import { readUvSource, uvSourceKey, readUvWheels, readUvSdist } from './uv-source.ts';
import type {
  UvConflictItem,
  UvDependency,
  UvLockFile,
  UvManifest,
  UvMetadata,
  UvPackage,
  UvRequirement,
} from './uv-model.ts';

type Draft = { -readonly [Key in keyof UvPackage]: UvPackage[Key] };

/**
 * Reads a uv.lock of version 1, whatever its revision. Errors: 'lock-syntax', 'lock-unsupported'.
 * @param file absolute; paths in the lock are relative to its folder
 * @param shown as the user would type it
 */
export function parseUvLock(text: string, file: string, shown: string): UvLockFile {
  const toml = parseToml(text, shown, 'lock-syntax');
  checkVersion(toml);
  const tables = [...toml.tables('package'), ...toml.tables('distribution')];
  const packages = tables.map((table) => readPackage(table, path.dirname(file)));
  const index = new PackageIndex(packages);
  for (const [position, table] of tables.entries()) {
    const draft = packages[position];
    if (draft === undefined) continue;
    draft.dependencies = readDependencies(table, 'dependencies', index);
    draft.extras = readDependencyMap(table.table('optional-dependencies'), index);
    draft.groups = readDependencyMap(table.table('dev-dependencies'), index);
  }
  return {
    shown,
    folder: path.dirname(file),
    requiresPython: toml.string('requires-python') ?? '',
    packages,
    supportedMarkers: markers(toml, 'supported-markers'),
    conflicts: readConflicts(toml),
    manifest: readManifest(toml.table('manifest')),
  };
}

function checkVersion(toml: Table): void {
  const version = toml.integer('version');
  if (version === 1) return;
  throw new PycontainerError('lock-unsupported', `${toml.source.file} has the format version ${version ?? '(none)'}`, {
    hint: 'Version 1 is supported. Write the lock again with a uv that makes it: uv lock.',
    location: toml.locate('version'),
  });
}

function readPackage(table: Table, folder: string): Draft {
  const sourceTable = table.table('source');
  if (sourceTable === undefined) throw table.error(`${table.requiredString('name')} has no source`);
  const version = table.string('version');
  const sdist = readUvSdist(table, sourceTable, folder);
  const metadata = readMetadata(table.table('metadata'));
  return {
    name: normalizeName(table.requiredString('name')),
    ...(version === undefined ? {} : { version }),
    source: readUvSource(sourceTable, folder),
    sourceKey: uvSourceKey(sourceTable),
    location: table.location,
    dependencies: [],
    extras: new Map(),
    groups: new Map(),
    wheels: readUvWheels(table, sourceTable, folder),
    ...(sdist === undefined ? {} : { sdist }),
    forkMarkers: markers(table, 'resolution-markers'),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

/** Finds the package that a dependency means: the lock leaves out version and source where the name says enough. */
class PackageIndex {
  private readonly byName = new Map<string, UvPackage[]>();

  constructor(packages: readonly UvPackage[]) {
    for (const item of packages) {
      const same = this.byName.get(item.name) ?? [];
      if (same.some((other) => other.version === item.version && other.sourceKey === item.sourceKey)) {
        throw new PycontainerError('lock-syntax', `${item.location.file} lists ${item.name} twice`, {
          location: item.location,
        });
      }
      this.byName.set(item.name, [...same, item]);
    }
  }

  find(table: Table): UvPackage {
    const name = normalizeName(table.requiredString('name'));
    const version = table.string('version');
    const source = table.table('source');
    const fits = (this.byName.get(name) ?? []).filter(
      (item) =>
        (version === undefined || item.version === version) &&
        (source === undefined || item.sourceKey === uvSourceKey(source)),
    );
    const [found, second] = fits;
    if (found === undefined)
      throw table.error(`${table.source.file} has no package ${name} ${version ?? ''}`.trimEnd());
    if (second !== undefined) throw table.error(`${table.source.file} does not say which ${name} is meant`);
    return found;
  }
}

function readDependencies(table: Table, key: string, index: PackageIndex): UvDependency[] {
  return table.tables(key).map((entry) => {
    const marker = readMarker(entry);
    const extras = [...entry.strings('extra'), ...entry.strings('extras')].map(normalizeName);
    return { package: index.find(entry), extras, ...(marker === undefined ? {} : { marker }) };
  });
}

function readDependencyMap(table: Table | undefined, index: PackageIndex): Map<string, UvDependency[]> {
  return namedMap(table, (owner, key) => readDependencies(owner, key, index));
}

function readMetadata(table: Table | undefined): UvMetadata | undefined {
  if (table === undefined) return undefined;
  return {
    requiresDist: readRequirements(table, 'requires-dist'),
    groups: namedMap(table.table('requires-dev'), readRequirements),
    ...(table.has('provides-extras') ? { extras: table.strings('provides-extras').map(normalizeName) } : {}),
  };
}

function readManifest(table: Table | undefined): UvManifest {
  return {
    members: table?.strings('members').map(normalizeName) ?? [],
    requirements: table === undefined ? [] : readRequirements(table, 'requirements'),
    groups: namedMap(table?.table('dependency-groups'), readRequirements),
  };
}

const originKeys = ['git', 'url', 'path', 'directory', 'editable', 'virtual', 'index'];

function readRequirements(table: Table, key: string): UvRequirement[] {
  return table.tables(key).map((entry) => {
    const marker = readMarker(entry);
    const from = originKeys
      .filter((origin) => entry.has(origin))
      .map((origin) => [origin, String(entry.raw(origin))] as const);
    return {
      name: normalizeName(entry.requiredString('name')),
      extras: entry.strings('extras').map(normalizeName),
      specifier: entry.string('specifier') ?? '',
      ...(marker === undefined ? {} : { marker }),
      from: new Map(from),
      location: entry.location,
    };
  });
}

function namedMap<Value>(table: Table | undefined, read: (table: Table, key: string) => Value): Map<string, Value> {
  return new Map(table?.keys().map((key) => [normalizeName(key), read(table, key)]));
}

function readConflicts(toml: Table): UvConflictItem[][] {
  return toml.list('conflicts').map((set, index) => {
    if (!Array.isArray(set))
      throw toml.error(`${toml.source.file}: conflicts must be a list of lists`, 'conflicts', index);
    return set.map((_, position) => readConflict(toml.nested('conflicts', index, position)));
  });
}

function readConflict(table: Table): UvConflictItem {
  const owner = normalizeName(table.requiredString('package'));
  const extra = table.string('extra');
  if (extra !== undefined) return { package: owner, kind: 'extra', name: normalizeName(extra) };
  const group = table.string('group');
  if (group !== undefined) return { package: owner, kind: 'group', name: normalizeName(group) };
  return { package: owner, kind: 'project', name: owner };
}

function readMarker(table: Table): Marker | undefined {
  const text = table.string('marker');
  return text === undefined ? undefined : markerAt(table, text, 'marker');
}

function markers(table: Table, key: string): Marker[] {
  return table.strings(key).map((text, index) => markerAt(table, text, key, index));
}

function markerAt(table: Table, text: string, ...at: (string | number)[]): Marker {
  try {
    return parseMarker(text);
  } catch (cause) {
    throw new PycontainerError('lock-syntax', `${table.source.file}: "${text}" is not a marker`, {
      location: table.locate(...at),
      cause,
    });
  }
}
