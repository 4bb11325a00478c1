import { PycontainerError } from '../../errors.ts';
import type { UvActivation } from './uv-activation.ts';
import type { UvConflictItem, UvDependency, UvLockFile, UvPackage } from './uv-model.ts';

interface Asked {
  readonly roots: readonly UvPackage[];
  readonly extras: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
  readonly onlyGroups: boolean;
}

/**
 * Refuses a request for two things that the lock declares to exclude each other. Like uv, it looks at every member
 * that can be reached, whatever the markers say. Error: 'dependency-conflict'.
 */
export function refuseDeclaredConflict(lock: UvLockFile, asked: Asked): void {
  const members = reachableMembers(lock, asked);
  const isAsked = (item: UvConflictItem): boolean => {
    if (!members.has(item.package)) return false;
    if (item.kind === 'project') return !asked.onlyGroups;
    return item.kind === 'extra' ? asked.extras.has(item.name) : asked.groups.has(item.name);
  };
  for (const set of lock.conflicts) refuse(lock, set.filter(isAsked));
}

/** Refuses two extras that dependencies switched on together. Error: 'dependency-conflict'. */
export function refuseActivatedConflict(
  lock: UvLockFile,
  activation: UvActivation,
  found: readonly UvConflictItem[],
): void {
  if (found.length === 0) return;
  for (const set of lock.conflicts)
    refuse(
      lock,
      set.filter((item) => item.kind === 'extra' && activation.has(item)),
    );
}

function refuse(lock: UvLockFile, items: readonly UvConflictItem[]): void {
  const [first, second] = items;
  if (first === undefined || second === undefined) return;
  throw new PycontainerError(
    'dependency-conflict',
    `${describe(first)} and ${describe(second)} exclude each other in ${lock.shown}`,
    { hint: 'Ask for one of them: dependencies.extras and dependencies.groups say what is installed.' },
  );
}

function describe(item: UvConflictItem): string {
  if (item.kind === 'project') return `the project ${item.package}`;
  return `the ${item.kind} ${item.name} of ${item.package}`;
}

function reachableMembers(lock: UvLockFile, asked: Asked): Set<string> {
  const members = new Set(lock.manifest.members);
  const reached = new Set(asked.roots.map((root) => root.name));
  const seen = new Set<UvDependency>();
  const queue = asked.roots.flatMap((root) => [
    ...(asked.onlyGroups ? [] : root.dependencies),
    ...(asked.onlyGroups ? [] : pick(root.extras, asked.extras)),
    ...pick(root.groups, asked.groups),
  ]);
  for (const dependency of queue) {
    if (seen.has(dependency)) continue;
    seen.add(dependency);
    const target = dependency.package;
    if (members.has(target.name)) reached.add(target.name);
    queue.push(...target.dependencies, ...pick(target.extras, new Set(dependency.extras)));
  }
  return reached;
}

function pick(
  named: ReadonlyMap<string, readonly UvDependency[]>,
  wanted: ReadonlySet<string>,
): readonly UvDependency[] {
  return [...named].flatMap(([name, dependencies]) => (wanted.has(name) ? dependencies : []));
}
