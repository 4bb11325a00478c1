import path from 'node:path';
import { PycontainerError } from '../../errors.ts';
import { evaluateMarker } from '../marker.ts';
import { normalizeName } from '../name.ts';
import type { Project } from '../project.ts';
import { checkExtras, checkGroups, sortUnique } from './checks.ts';
import { checkDeclared, declaredEdges, poetryAllows, poetryEdges } from './declared.ts';
import { walkGraph, type GraphEdge, type GraphNode } from './graph.ts';
import { noIndexes, type Lock, type SelectRequest, type Selection } from './lock.ts';
import type { LockedPackage } from './package.ts';
import { isPoetryHash } from './poetry-hash.ts';
import { parsePoetryLock, type PoetryLockFile, type PoetryPackage } from './poetry-read.ts';

const hint = 'Write it again: poetry lock.';

/**
 * Reads a poetry.lock of the versions 1.x and 2.x. From 2.1 on the lock says for each package which groups want it;
 * before, the dependencies are followed from the project. Errors: 'lock-syntax', 'lock-unsupported'.
 * @param file absolute
 * @param shown as the user would type it
 */
export function readPoetryLock(text: string, file: string, shown: string): Lock {
  const lock = parsePoetryLock(text, path.dirname(file), shown);
  return { kind: 'poetry', file, indexes: noIndexes, select: (request) => select(lock, request) };
}

function select(lock: PoetryLockFile, request: SelectRequest): Selection {
  const { project } = request;
  checkPoetryPython(lock, request);
  if (project !== undefined) checkFresh(lock, project);
  checkExtras(
    request.extras,
    new Set([...lock.extras.keys(), ...(project?.optionalDependencies.keys() ?? [])]),
    lock.shown,
  );
  checkGroups(request.groups, knownGroups(lock, project), lock.shown);
  const edges = project === undefined ? [] : declaredEdges(project, request);
  const packages = lock.hasGroups ? byGroups(lock, edges, request) : byDependencies(lock, edges, request);
  const sorted = sortUnique(packages, hint);
  if (project !== undefined) checkDeclared(edges, sorted, project, lock.shown, hint);
  return { packages: sorted, warnings: [] };
}

function checkPoetryPython(lock: PoetryLockFile, { environment }: SelectRequest): void {
  if (poetryAllows(lock.pythonVersions, environment.python_full_version)) return;
  throw new PycontainerError(
    'base-python',
    `${lock.shown} is for Python ${lock.pythonVersions}, and the base has Python ${environment.python_full_version}`,
    { hint: 'Take a base with such a Python, or lock for the one that the base has.' },
  );
}

function checkFresh(lock: PoetryLockFile, project: Project): void {
  if (lock.contentHash === undefined || isPoetryHash(project, lock.contentHash.text)) return;
  throw new PycontainerError('lock-outdated', `${lock.shown} is out of date: ${project.file} was changed since`, {
    hint,
    location: lock.contentHash.location,
  });
}

function knownGroups(lock: PoetryLockFile, project: Project | undefined): Set<string> {
  return new Set([
    ...lock.packages.flatMap(({ groups }) => [...groups.keys()]),
    ...(project?.poetry?.groups.keys() ?? []),
    ...Object.keys(project?.dependencyGroups ?? {}).map(normalizeName),
  ]);
}

function byGroups(lock: PoetryLockFile, edges: readonly GraphEdge[], request: SelectRequest): LockedPackage[] {
  const wanted = ['main', ...request.groups];
  const extra = new Set(request.extras);
  const requested = new Set(edges.map(({ name }) => name));
  const chosen = lock.packages.filter(({ groups }) =>
    wanted.some((group) => {
      const marker = groups.get(group);
      return groups.has(group) && (marker === undefined || evaluateMarker(marker, request.environment, { extra }));
    }),
  );
  const names = new Set(chosen.map(({ locked }) => locked.name));
  return chosen.map(({ locked, dependencies }) => ({
    ...locked,
    requested: requested.has(locked.name),
    requires: [
      ...new Set(dependencies.flatMap((one) => poetryEdges(one, request.environment, [])).map(({ name }) => name)),
    ]
      .filter((name) => names.has(name))
      .sort(),
  }));
}

function byDependencies(lock: PoetryLockFile, edges: readonly GraphEdge[], request: SelectRequest): LockedPackage[] {
  if (request.project === undefined) {
    throw new PycontainerError('project-not-found', `${lock.shown} does not say what the project asks for`, {
      hint: 'Put the pyproject.toml into the context, or write the lock with Poetry 2: poetry lock.',
    });
  }
  const nodes = lock.packages
    .filter(({ pythonVersions }) => poetryAllows(pythonVersions, request.environment.python_full_version))
    .map((item) => nodeOf(item, request));
  const { packages, missing } = walkGraph(nodes, edges, request.project.name);
  const [first] = missing;
  if (first === undefined) return packages;
  throw new PycontainerError('lock-outdated', `${lock.shown} has no fitting ${first}, which is asked for`, { hint });
}

function nodeOf(item: PoetryPackage, { environment }: SelectRequest): GraphNode {
  return {
    locked: item.locked,
    edges: (extra) => {
      const active = extra === undefined ? [] : [extra];
      const names = extra === undefined ? undefined : new Set(item.extras.get(extra));
      const wanted = item.dependencies.filter(({ name, optional }) => names?.has(name) ?? !optional);
      return wanted.flatMap((dependency) => poetryEdges(dependency, environment, active));
    },
  };
}
