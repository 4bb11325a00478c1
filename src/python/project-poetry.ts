import { PycontainerError } from '../errors.ts';
import { parseMarker, type Marker } from './marker.ts';
import { normalizeName } from './name.ts';
import { poetrySpecifiers } from './poetry-constraint.ts';
import type { Table } from './table.ts';

/** What `[tool.poetry]` says, the older way to describe a project. */
export interface PoetryProject {
  readonly name?: string;
  readonly version?: string;
  readonly description?: string;
  /** The `python` dependency as PEP 440 specifiers; absent where it cannot be said so (several alternatives). */
  readonly requiresPython?: string;
  /** False: the file only lists dependencies. */
  readonly packageMode: boolean;
  readonly scripts: ReadonlyMap<string, string>;
  readonly plugins: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** The main dependencies, without `python`. */
  readonly dependencies: readonly PoetryDependency[];
  /** Dependencies of groups (`dev` for the older `dev-dependencies`), by normalized name. */
  readonly groups: ReadonlyMap<string, readonly PoetryDependency[]>;
  /** The names that each extra switches on, all normalized. */
  readonly extras: ReadonlyMap<string, readonly string[]>;
}

/** One dependency in Poetry's words; several for one name when they have different markers. */
export interface PoetryDependency {
  /** Normalized. */
  readonly name: string;
  /** Poetry's constraint: `^1.2`, `>=1,<2`, `*`. */
  readonly constraint: string;
  readonly extras: readonly string[];
  /** Only installed when an extra asks for it. */
  readonly optional: boolean;
  readonly marker?: Marker;
  /** Poetry's constraint on Python. */
  readonly python?: string;
}

/** Undefined when there is no such table. Errors: the table's. */
export function readPoetryProject(table: Table | undefined): PoetryProject | undefined {
  if (table === undefined) return undefined;
  const all = readPoetryDependencies(table.table('dependencies'));
  const python = all.find((dependency) => dependency.name === 'python');
  const alternatives = python === undefined ? [] : poetrySpecifiers(python.constraint);
  return {
    ...optional('name', table.string('name')),
    ...optional('version', table.string('version')),
    ...optional('description', table.string('description')),
    ...optional('requiresPython', alternatives.length === 1 ? alternatives[0] : undefined),
    packageMode: table.boolean('package-mode') ?? true,
    scripts: readScripts(table.table('scripts')),
    plugins: readPlugins(table.table('plugins')),
    dependencies: all.filter((dependency) => dependency.name !== 'python'),
    groups: readGroups(table),
    extras: new Map(
      table
        .table('extras')
        ?.keys()
        .map((key) => [normalizeName(key), table.table('extras')?.strings(key).map(normalizeName) ?? []]),
    ),
  };
}

/** Reads a table of dependencies as pyproject.toml and poetry.lock have it. Empty when absent. */
export function readPoetryDependencies(table: Table | undefined): PoetryDependency[] {
  return (
    table?.keys().flatMap((key) => {
      const value = table.raw(key);
      if (typeof value === 'string') return [plainDependency(key, value)];
      if (!Array.isArray(value)) return [readDependency(key, table.table(key))];
      return value.map((entry: unknown, index) =>
        typeof entry === 'string' ? plainDependency(key, entry) : readDependency(key, table.nested(key, index)),
      );
    }) ?? []
  );
}

function plainDependency(key: string, constraint: string): PoetryDependency {
  return { name: normalizeName(key), constraint, extras: [], optional: false };
}

function readDependency(key: string, table: Table | undefined): PoetryDependency {
  return {
    name: normalizeName(key),
    constraint: table?.string('version') ?? '*',
    extras: table?.strings('extras').map(normalizeName) ?? [],
    optional: table?.boolean('optional') ?? false,
    ...readMarker(table),
    ...optional('python', table?.string('python')),
  };
}

function readMarker(table: Table | undefined): { readonly marker?: Marker } {
  const text = table?.string('markers');
  if (table === undefined || text === undefined) return {};
  try {
    return { marker: parseMarker(text) };
  } catch (cause) {
    const location = table.locate('markers');
    throw new PycontainerError(table.source.code, `${table.source.file}: "${text}" is not a marker`, {
      location,
      cause,
    });
  }
}

function readGroups(table: Table): Map<string, readonly PoetryDependency[]> {
  const groups = table.table('group');
  const read = new Map(
    groups?.keys().map((key) => [normalizeName(key), readPoetryDependencies(groups.table(key)?.table('dependencies'))]),
  );
  const older = readPoetryDependencies(table.table('dev-dependencies'));
  if (older.length > 0) read.set('dev', [...(read.get('dev') ?? []), ...older]);
  return read;
}

/** Scripts are `module:function`; Poetry's other form, a file, is no entry point. */
function readScripts(table: Table | undefined): Map<string, string> {
  const scripts = new Map<string, string>();
  for (const key of table?.keys() ?? []) {
    const value = table?.raw(key);
    const reference = typeof value === 'string' ? value : table?.table(key)?.string('callable');
    if (reference !== undefined) scripts.set(key, reference);
  }
  return scripts;
}

function readPlugins(table: Table | undefined): Map<string, ReadonlyMap<string, string>> {
  return new Map(table?.keys().map((key) => [key, readScripts(table.table(key))]));
}

function optional<Key extends string>(key: Key, value: string | undefined): { readonly [Name in Key]?: string } {
  const result: { [Name in Key]?: string } = {};
  if (value !== undefined) result[key] = value;
  return result;
}
