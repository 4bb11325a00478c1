import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { PycontainerError } from '../../errors.ts';
import type { Target } from '../../config/target.ts';
import { checkExtras, checkGroups } from '../../python/lock/checks.ts';
import { readLock } from '../../python/lock/find.ts';
import type { Lock } from '../../python/lock/lock.ts';
import { firstChange } from '../../python/lock/made.ts';
import { type Project, readProject } from '../../python/project.ts';
import { inputsOf } from '../../python/resolve/inputs.ts';
import type { Wanted } from '../../python/resolve/wanted.ts';
import { hasDependencies, wantedByProject } from '../../python/resolve/wanted-project.ts';
import { wantedByRequirements, wantedConstraints } from '../../python/resolve/wanted-requirements.ts';
import type { PlanSources } from './sources.ts';

/** Whether a file can say what is wanted without being a lock: a pyproject.toml, or a requirements file. */
export function isWish(file: string): boolean {
  return basename(file) === 'pyproject.toml' || /\.(?:txt|in)$/.test(file);
}

/** Whether `pycontainer lock` made a target's lock from that file; both absolute. */
export async function isMadeFrom(lock: string, from: string, root: string): Promise<boolean> {
  const { made } = await readLock(lock, { root });
  return made !== undefined && resolve(dirname(lock), made.from) === from;
}

export function lockName(target: Target): string {
  return `pylock.${target.name}.toml`;
}

/** Where a target without any lock says what it wants, absolute: requirements.in, else a pyproject.toml with dependencies. */
export function wishOf(target: Target, project: Project | undefined): string | undefined {
  const { from, extras, groups } = target.dependencies;
  if (from !== undefined) return from;
  const requirements = join(target.context, 'requirements.in');
  if (existsSync(requirements)) return requirements;
  if (project === undefined || !hasDependencies(project, extras, groups)) return undefined;
  return join(project.folder, 'pyproject.toml');
}

/** Reads what is wanted. Errors: those of the files; 'lock-not-found' where one is not there. */
export async function readWish(file: string, target: Target, { root, env }: PlanSources): Promise<Wanted> {
  const { extras, groups, constraints } = target.dependencies;
  if (basename(file) !== 'pyproject.toml') {
    checkExtras(extras, new Set(), basename(file));
    checkGroups(groups, new Set(), basename(file));
    return wantedByRequirements(file, { root, variables: env, constraints });
  }
  const project = await readProject(dirname(file), root);
  if (project === undefined) throw new PycontainerError('lock-not-found', `There is no ${file}`);
  const limits = await wantedConstraints(constraints, { root, variables: env });
  return { ...wantedByProject(project, extras, groups), constraints: limits };
}

/** Refuses a lock that was made from other requirements than are there now. Error: 'lock-outdated'. */
export async function checkMade(lock: Lock, target: Target, sources: PlanSources): Promise<void> {
  const change = await changeSince(lock, target, sources);
  if (change === undefined) return;
  throw new PycontainerError('lock-outdated', `${basename(lock.file)} is out of date: ${change}`, {
    hint: `Run \`pycontainer lock ${target.name}\`.`,
  });
}

/** What is wanted now and was not when the lock was made, or the other way round; undefined for a lock of others. */
export async function changeSince(lock: Lock, target: Target, sources: PlanSources): Promise<string | undefined> {
  if (lock.made === undefined) return undefined;
  const folder = dirname(lock.file);
  const file = resolve(folder, lock.made.from);
  if (!existsSync(file)) return `it was made from ${lock.made.from}, which is not there`;
  return firstChange(lock.made, inputsOf(await readWish(file, target, sources), folder));
}
