import path from 'node:path';
import { PycontainerError, type SourceLocation } from '../errors.ts';
import { normalizeName } from './name.ts';
import { readPoetryProject, type PoetryProject } from './project-poetry.ts';
import { readUvSettings, type UvSettings } from './project-uv.ts';
import { dynamicVersion, type ProjectVersion } from './project-version.ts';
import { parseRequirement, type Requirement } from './requirement.ts';
import type { Table } from './table.ts';
import { readText } from './text.ts';
import { parseToml } from './toml.ts';

/** A pyproject.toml, read. Nothing of the project is run. */
export interface Project {
  /** Absolute. */
  readonly folder: string;
  /** The pyproject.toml as the user would type it. */
  readonly file: string;
  /** Normalized; absent where the file only holds settings, as in the root of a workspace. */
  readonly name?: string;
  /** As written. */
  readonly writtenName?: string;
  readonly version: ProjectVersion;
  readonly description?: string;
  /** PEP 440 specifiers, as written. */
  readonly requiresPython?: string;
  readonly dependencies: readonly DeclaredRequirement[];
  /** By normalized name. */
  readonly optionalDependencies: ReadonlyMap<string, readonly DeclaredRequirement[]>;
  /** PEP 735, as written and unresolved. Null prototype; empty when there are none. */
  readonly dependencyGroups: Readonly<Record<string, unknown>>;
  /** Keys of `[project]` that the build backend fills in. */
  readonly dynamic: ReadonlySet<string>;
  readonly scripts: ReadonlyMap<string, string>;
  readonly guiScripts: ReadonlyMap<string, string>;
  /** By group, without the two kinds of scripts. */
  readonly entryPoints: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly buildBackend?: string;
  /** Whether the project itself is installed, or only what it depends on (uv's rule: a build system, or `tool.uv.package`). */
  readonly isPackage: boolean;
  readonly uv: UvSettings;
  readonly poetry?: PoetryProject;
  /** The whole file, for the settings of other tools. */
  readonly toml: Table;
}

interface DeclaredRequirement {
  readonly text: string;
  readonly requirement: Requirement;
  readonly location: SourceLocation;
}

/**
 * Reads the pyproject.toml of a folder; undefined when there is none. Errors: 'project-invalid', 'file-unreadable'.
 * @param folder absolute
 * @param root absolute; paths in messages are relative to it
 */
export async function readProject(folder: string, root: string = folder): Promise<Project | undefined> {
  const file = path.join(folder, 'pyproject.toml');
  const shown = path.relative(root, file);
  const text = await readText(file, shown, 'project-invalid');
  return text === undefined ? undefined : parseProject(text, folder, shown);
}

/** As {@link readProject}, of a text at hand; files of the project are still read for a dynamic version. */
export async function parseProject(text: string, folder: string, shown: string): Promise<Project> {
  const toml = parseToml(text, shown, 'project-invalid');
  const tool = toml.table('tool');
  const poetry = readPoetryProject(tool?.table('poetry'));
  const uv = readUvSettings(tool?.table('uv'));
  const buildBackend = toml.table('build-system')?.string('build-backend');
  const project = toml.table('project');
  const common = {
    folder,
    file: toml.source.file,
    dependencyGroups: readGroups(toml.table('dependency-groups')),
    isPackage: uv.package ?? (toml.has('build-system') || (poetry !== undefined && poetry.packageMode)),
    ...(buildBackend === undefined ? {} : { buildBackend }),
    uv,
    ...(poetry === undefined ? {} : { poetry }),
    toml,
  };
  if (project === undefined) return { ...common, ...fromPoetry(poetry) };
  const dynamic = new Set(project.strings('dynamic'));
  return {
    ...common,
    ...readStatic(project, dynamic),
    version: await readVersion(folder, toml, project, dynamic, buildBackend),
  };
}

type ProjectTable = Omit<
  Project,
  'folder' | 'file' | 'dependencyGroups' | 'isPackage' | 'buildBackend' | 'uv' | 'poetry' | 'toml'
>;

function readStatic(project: Table, dynamic: ReadonlySet<string>): Omit<ProjectTable, 'version'> {
  const writtenName = project.requiredString('name');
  const requiresPython = project.string('requires-python');
  const description = project.string('description');
  return {
    name: normalizeName(writtenName),
    writtenName,
    ...(description === undefined ? {} : { description }),
    ...(requiresPython === undefined ? {} : { requiresPython }),
    dependencies: readRequirements(project, 'dependencies'),
    optionalDependencies: mapOf(project.table('optional-dependencies'), normalizeName, readRequirements),
    dynamic,
    scripts: readScripts(project.table('scripts')),
    guiScripts: readScripts(project.table('gui-scripts')),
    entryPoints: mapOf(project.table('entry-points'), String, (owner, key) => readScripts(owner.table(key))),
  };
}

async function readVersion(
  folder: string,
  toml: Table,
  project: Table,
  dynamic: ReadonlySet<string>,
  backend: string | undefined,
): Promise<ProjectVersion> {
  const version = project.string('version');
  if (version !== undefined) return { kind: 'known', version };
  if (!dynamic.has('version')) return { kind: 'unknown', reason: 'project.version is missing' };
  return dynamicVersion(folder, toml, backend);
}

/** A project that only `tool.poetry` describes, or none at all. */
function fromPoetry(poetry: PoetryProject | undefined): ProjectTable {
  return {
    ...(poetry?.name === undefined ? {} : { name: normalizeName(poetry.name), writtenName: poetry.name }),
    version:
      poetry?.version === undefined
        ? { kind: 'unknown', reason: 'there is no [project] table' }
        : { kind: 'known', version: poetry.version },
    ...(poetry?.description === undefined ? {} : { description: poetry.description }),
    ...(poetry?.requiresPython === undefined ? {} : { requiresPython: poetry.requiresPython }),
    dependencies: [],
    optionalDependencies: new Map(),
    dynamic: new Set(),
    scripts: poetry?.scripts ?? new Map(),
    guiScripts: new Map(),
    entryPoints: poetry?.plugins ?? new Map(),
  };
}

function readRequirements(table: Table, key: string): DeclaredRequirement[] {
  return table.strings(key).map((text, index) => {
    const location = table.locate(key, index);
    try {
      return { text, requirement: parseRequirement(text), location };
    } catch (cause) {
      const hint = cause instanceof PycontainerError ? cause.message : undefined;
      throw new PycontainerError('project-invalid', `"${text}" is not a requirement`, { hint, location, cause });
    }
  });
}

function readScripts(table: Table | undefined): Map<string, string> {
  return mapOf(table, String, (owner, key) => owner.requiredString(key));
}

function readGroups(table: Table | undefined): Readonly<Record<string, unknown>> {
  const groups: Record<string, unknown> = Object.create(null);
  for (const key of table?.keys() ?? []) groups[key] = table?.raw(key);
  return groups;
}

function mapOf<Value>(
  table: Table | undefined,
  rename: (key: string) => string,
  read: (table: Table, key: string) => Value,
): Map<string, Value> {
  return new Map(table?.keys().map((key) => [rename(key), read(table, key)]));
}
