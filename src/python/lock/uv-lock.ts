import { PycontainerError } from '../../errors.ts';
import { normalizeName } from '../name.ts';
import { checkEnvironments, checkExtras, checkGroups, checkPython, sortUnique } from './checks.ts';
import { noIndexes, type Lock, type SelectRequest, type Selection } from './lock.ts';
import type { LockedPackage } from './package.ts';
import { checkUvFreshness } from './uv-fresh.ts';
import type { UvLockFile, UvPackage } from './uv-model.ts';
import { parseUvLock } from './uv-read.ts';
import { walkUvLock, type UvRequest, type UvSelected } from './uv-select.ts';

/**
 * Reads a uv.lock. Errors: 'lock-syntax', 'lock-unsupported'.
 * @param file absolute
 * @param shown as the user would type it
 */
export function readUvLock(text: string, file: string, shown: string): Lock {
  const lock = parseUvLock(text, file, shown);
  return {
    kind: 'uv',
    file,
    requiresPython: lock.requiresPython,
    indexes: noIndexes,
    select: (request) => selectProject(lock, request),
  };
}

function selectProject(lock: UvLockFile, request: SelectRequest): Selection {
  const roots = rootsOf(lock, request.member ?? request.project?.name);
  if (request.project !== undefined) checkUvFreshness(lock, roots, request.project);
  checkAsked(lock, roots, request);
  return selectUv(lock, {
    environment: request.environment,
    roots,
    extras: new Set(request.extras),
    groups: new Set(request.groups),
    onlyGroups: false,
  });
}

/** Takes an image's share of a lock, whatever its projects are. For the errors see {@link Lock}. */
export function selectUv(lock: UvLockFile, request: UvRequest): Selection {
  checkPython(lock.requiresPython, request.environment, lock.shown);
  checkEnvironments(lock.supportedMarkers, request.environment, lock.shown);
  const packages = walkUvLock(lock, request).map(lockedPackage);
  return { packages: sortUnique(packages, 'Write the lock again: uv lock.'), warnings: [] };
}

/**
 * The projects that a lock is installed for: the named one; else the one beside the lock; else, where the root of a
 * workspace is no project, all members. Errors: 'lock-outdated'.
 */
export function rootsOf(lock: UvLockFile, name: string | undefined): UvPackage[] {
  const local = lock.packages.filter((item) => item.source.kind === 'directory');
  if (name !== undefined) return [findRoot(lock, local, name)];
  const beside = local.filter((item) => item.source.kind === 'directory' && item.source.path === lock.folder);
  if (beside.length > 0) return beside;
  return lock.manifest.members.map((member) => findRoot(lock, local, member));
}

function findRoot(lock: UvLockFile, local: readonly UvPackage[], name: string): UvPackage {
  const found = local.find((item) => item.name === name);
  if (found !== undefined) return found;
  throw new PycontainerError('lock-outdated', `${lock.shown} does not know the project ${name}`, {
    hint: 'Write the lock again: uv lock.',
  });
}

function checkAsked(lock: UvLockFile, roots: readonly UvPackage[], request: SelectRequest): void {
  const { project } = request;
  const owner = roots.map((root) => root.name).join(', ') || lock.shown;
  const extras = roots.flatMap((root) => [...root.extras.keys(), ...(root.metadata?.extras ?? [])]);
  checkExtras(request.extras, new Set([...extras, ...(project?.optionalDependencies.keys() ?? [])]), owner);
  const groups = roots.flatMap((root) => [...root.groups.keys(), ...(root.metadata?.groups.keys() ?? [])]);
  const declared = Object.keys(project?.dependencyGroups ?? {}).map(normalizeName);
  checkGroups(request.groups, new Set([...groups, ...declared, ...lock.manifest.groups.keys()]), owner);
}

function lockedPackage(selected: UvSelected): LockedPackage {
  const { name, version, source, wheels, sdist, location } = selected.package;
  return {
    name,
    ...(version === undefined ? {} : { version }),
    source,
    wheels,
    ...(sdist === undefined ? {} : { sdist }),
    hashes: [],
    location,
    requested: selected.requested,
    requires: [...selected.requires].sort(),
  };
}
