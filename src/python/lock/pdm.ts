import path from 'node:path';
import { PycontainerError } from '../../errors.ts';
import { evaluateMarker, parseMarker, type Marker } from '../marker.ts';
import { normalizeName } from '../name.ts';
import { parseRequirement, type Requirement } from '../requirement.ts';
import type { Table } from '../table.ts';
import { parseToml } from '../toml.ts';
import { checkEnvironments, checkExtras, checkGroups, checkPython, sortUnique } from './checks.ts';
import { checkDeclared, declaredEdges, requirementEdges } from './declared.ts';
import { splitFiles } from './files.ts';
import { walkGraph, type GraphEdge, type GraphNode } from './graph.ts';
import { noIndexes, type Lock, type SelectRequest, type Selection } from './lock.ts';
import type { LockedPackage, LockedSource } from './package.ts';

const hint = 'Write it again: pdm lock.';

interface PdmLockFile {
  readonly shown: string;
  readonly entries: readonly PdmEntry[];
  readonly groups: readonly string[];
  /** Whether the packages say which groups want them (the strategy `inherit_metadata`). */
  readonly hasGroups: boolean;
  /** What the lock was made for; empty: everything. */
  readonly targets: readonly Marker[];
  readonly requiresPython?: string;
}

/** A package, or a package with some of its extras: then what these ask for. */
interface PdmEntry {
  readonly locked: Omit<LockedPackage, 'requested' | 'requires'>;
  readonly extras: readonly string[];
  readonly groups: readonly string[];
  readonly marker?: Marker;
  readonly dependencies: readonly Requirement[];
}

/**
 * Reads a pdm.lock of version 4. In it a package with extras is an entry of its own, and optional dependencies are
 * groups. Errors: 'lock-syntax', 'lock-unsupported'.
 * @param file absolute
 * @param shown as the user would type it
 */
export function readPdmLock(text: string, file: string, shown: string): Lock {
  const lock = parsePdmLock(text, path.dirname(file), shown);
  return { kind: 'pdm', file, indexes: noIndexes, select: (request) => select(lock, request) };
}

function parsePdmLock(text: string, folder: string, shown: string): PdmLockFile {
  const toml = parseToml(text, shown, 'lock-syntax');
  const metadata = toml.table('metadata');
  const version = metadata?.string('lock_version') ?? '';
  if (metadata === undefined || !/^4\b/.test(version)) {
    throw new PycontainerError('lock-unsupported', `${shown} has the format version ${version || '(none)'}`, {
      hint: 'Version 4 is supported. Write the lock again with such a PDM: pdm lock.',
      location: toml.locate('metadata', 'lock_version'),
    });
  }
  const tables = toml.tables('package');
  const requiresPython = metadata.string('requires_python');
  return {
    shown,
    entries: tables.map((table) => readEntry(table, folder)),
    groups: metadata.strings('groups').map(normalizeName),
    hasGroups: tables.some((table) => table.has('groups')),
    targets: metadata.tables('targets').flatMap(targetMarker),
    ...(requiresPython === undefined ? {} : { requiresPython }),
  };
}

function readEntry(table: Table, folder: string): PdmEntry {
  const source = readSource(table, folder);
  const marker = table.string('marker');
  const version = table.string('version');
  return {
    locked: {
      name: normalizeName(table.requiredString('name')),
      ...(version === undefined ? {} : { version }),
      source,
      ...splitFiles(table.tables('files'), source),
      hashes: [],
      location: table.location,
    },
    extras: table.strings('extras').map(normalizeName),
    groups: table.strings('groups').map(normalizeName),
    ...(marker === undefined ? {} : { marker: at(table, 'marker', () => parseMarker(marker)) }),
    dependencies: table.strings('dependencies').map((text) => at(table, 'dependencies', () => parseRequirement(text))),
  };
}

function readSource(table: Table, folder: string): LockedSource {
  const subdirectory = table.string('subdirectory');
  const inside = subdirectory === undefined ? {} : { subdirectory };
  const git = table.string('git');
  if (git !== undefined) return { kind: 'git', url: git, commit: table.requiredString('revision'), ...inside };
  const url = table.string('url');
  if (url !== undefined) return { kind: 'url', url, ...inside };
  const place = table.string('path');
  if (place === undefined) return { kind: 'index' };
  const absolute = path.resolve(folder, place);
  if (/\.(?:whl|zip|gz|bz2|xz|tgz)$/.test(place)) return { kind: 'path', path: absolute };
  return { kind: 'directory', path: absolute, editable: table.boolean('editable') ?? false, virtual: false };
}

const platforms: readonly (readonly [start: RegExp, marker: string])[] = [
  [/^(?:manylinux|musllinux|linux)/, "sys_platform == 'linux'"],
  [/^macos/, "sys_platform == 'darwin'"],
  [/^windows/, "sys_platform == 'win32'"],
];

/** A target names a Python, a platform (`manylinux_2_17_x86_64`) and an implementation, each only where it matters. */
function targetMarker(table: Table): Marker[] {
  const python = (table.string('requires_python') ?? '')
    .split(',')
    .map((clause) => /^\s*(===?|~=|[<>!]=?)\s*(\S+)\s*$/.exec(clause))
    .flatMap((found) => (found === null ? [] : [`python_full_version ${found[1] ?? ''} '${found[2] ?? ''}'`]));
  const name = table.string('platform') ?? '';
  const platform = platforms.flatMap(([start, marker]) => (start.test(name) ? [marker] : []));
  const machine = /(x86_64|aarch64|amd64|arm64)$/
    .exec(name)?.[1]
    ?.replace('amd64', 'x86_64')
    .replace('arm64', 'aarch64');
  const arch = machine === undefined || !platform[0]?.includes('linux') ? [] : [`platform_machine == '${machine}'`];
  const implementation = table.string('implementation');
  const kind = implementation === undefined ? [] : [`implementation_name == '${implementation}'`];
  const text = [...python, ...platform, ...arch, ...kind].join(' and ');
  return [at(table, 'requires_python', () => parseMarker(text === '' ? "python_version >= '0'" : text))];
}

function at<Value>(table: Table, key: string, parse: () => Value): Value {
  try {
    return parse();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'it cannot be read';
    throw new PycontainerError('lock-syntax', `${table.source.file}: ${why}`, { location: table.locate(key), cause });
  }
}

function select(lock: PdmLockFile, request: SelectRequest): Selection {
  const { project, environment } = request;
  checkPython(lock.requiresPython, environment, lock.shown);
  checkEnvironments(lock.targets, environment, lock.shown);
  const known = new Set([...lock.groups, ...lock.entries.flatMap(({ groups }) => groups)]);
  checkExtras(request.extras, known, lock.shown);
  checkGroups(request.groups, known, lock.shown);
  const edges = project === undefined ? [] : declaredEdges(project, request);
  const packages = lock.hasGroups ? byGroups(lock, edges, request) : byDependencies(lock, edges, request);
  const sorted = sortUnique(packages, hint);
  if (project !== undefined) checkDeclared(edges, sorted, project, lock.shown, hint);
  return { packages: sorted, warnings: [] };
}

function byGroups(lock: PdmLockFile, edges: readonly GraphEdge[], request: SelectRequest): LockedPackage[] {
  const wanted = new Set(['default', ...request.groups, ...request.extras]);
  const requested = new Set(edges.map(({ name }) => name));
  const chosen = lock.entries.filter(
    ({ groups, marker }) =>
      groups.some((group) => wanted.has(group)) &&
      (marker === undefined || evaluateMarker(marker, request.environment)),
  );
  const names = new Set(chosen.map(({ locked }) => locked.name));
  return mergeExtras(chosen).map(({ locked, dependencies }) => ({
    ...locked,
    requested: requested.has(locked.name),
    requires: [
      ...new Set(dependencies.flatMap((one) => requirementEdges(one, request.environment, [])).map(({ name }) => name)),
    ]
      .filter((name) => names.has(name) && name !== locked.name)
      .sort(),
  }));
}

/** One entry for a package and all its entries with extras. */
function mergeExtras(entries: readonly PdmEntry[]): PdmEntry[] {
  const merged = Map.groupBy(entries, ({ locked }) => `${locked.name} ${locked.version ?? ''}`);
  return [...merged.values()].flatMap((same) => {
    const [first] = same.toSorted((a, b) => a.extras.length - b.extras.length);
    return first === undefined ? [] : [{ ...first, dependencies: same.flatMap(({ dependencies }) => dependencies) }];
  });
}

function byDependencies(lock: PdmLockFile, edges: readonly GraphEdge[], request: SelectRequest): LockedPackage[] {
  if (request.project === undefined) {
    throw new PycontainerError('project-not-found', `${lock.shown} does not say what the project asks for`, {
      hint: 'Put the pyproject.toml into the context, or lock with the strategy inherit_metadata.',
    });
  }
  const { packages, missing } = walkGraph(graphNodes(lock, request), edges, request.project.name);
  const [first] = missing;
  if (first === undefined) return packages;
  throw new PycontainerError('lock-outdated', `${lock.shown} has no fitting ${first}, which is asked for`, { hint });
}

function graphNodes(lock: PdmLockFile, { environment }: SelectRequest): GraphNode[] {
  return mergeExtras(lock.entries).map((merged) => ({
    locked: merged.locked,
    edges: (extra) => {
      const own = lock.entries.filter(
        ({ locked, extras }) =>
          locked.name === merged.locked.name &&
          locked.version === merged.locked.version &&
          (extra === undefined ? extras.length === 0 : extras.includes(extra)),
      );
      const dependencies = own.flatMap(({ dependencies }) => dependencies);
      return dependencies
        .filter(({ name }) => name !== merged.locked.name)
        .flatMap((requirement) => requirementEdges(requirement, environment, []));
    },
  }));
}
