import { basename } from 'node:path';
import { PycontainerError } from '../../errors.ts';
import type { Target } from '../../config/target.ts';
import { localPath } from '../../python/index/address.ts';
import { Finder } from '../../python/index/finder.ts';
import { indexSettings } from '../../python/index/settings.ts';
import { findProjectLock, findTargetLock, namesIn, readLock } from '../../python/lock/find.ts';
import type { Lock, LockIndexes } from '../../python/lock/lock.ts';
import type { Project } from '../../python/project.ts';
import { isNothing } from '../../python/resolve/wanted.ts';
import { placed } from './placed.ts';
import type { Seen } from './seen.ts';
import type { Shared } from './shared.ts';
import type { PlanSources } from './sources.ts';
import { checkMade, isMadeFrom, isWish, readWish, wishOf } from './unlocked.ts';

/** The lock that the target's packages are read from, absolute; undefined where there is none. */
export function lockFileOf(target: Target, sources: PlanSources, shared: Shared): Promise<string | undefined> {
  const { context, name, dependencies } = target;
  const { root } = sources;
  const { from } = dependencies;
  return shared.once('lock file', [from, context, name], async () => {
    const list = (folder: string): Promise<readonly string[]> => shared.once('names', [folder], () => namesIn(folder));
    const own = (await findTargetLock(context, name, root, list))?.file;
    if (from !== undefined)
      return own !== undefined && isWish(from) && (await isMadeFrom(own, from, root)) ? own : from;
    return own ?? (await shared.once('project lock', [context], () => findProjectLock(context, root)))?.file;
  });
}

/**
 * The target's lock; undefined where nothing is to be installed. Errors: 'lock-not-found' where something is;
 * 'lock-outdated' for one that pycontainer made from other requirements; those of the file.
 */
export async function lockOf(
  target: Target,
  project: Project | undefined,
  sources: PlanSources,
  shared: Shared,
): Promise<Lock | undefined> {
  const { root, env } = sources;
  const { constraints, extras, groups } = target.dependencies;
  const file = await lockFileOf(target, sources, shared);
  if (file !== undefined && basename(file) !== 'pyproject.toml') {
    const read = (): Promise<Lock> =>
      shared.once('lock', [file, constraints], () => readLock(file, { root, variables: env, constraints }));
    const lock = await (target.dependencies.from === undefined
      ? read()
      : placed(target, ['dependencies', 'from'], read));
    await shared.once('made', [file, constraints, extras, groups], () => checkMade(lock, target, sources));
    return lock;
  }
  const wish = wishOf(target, project);
  if (wish === undefined || isNothing(await readWish(wish, target, sources))) return undefined;
  const location = basename(wish) === 'pyproject.toml' ? project?.dependencies[0]?.location : undefined;
  throw new PycontainerError('lock-not-found', `${basename(wish)} has dependencies, but there is no lock file`, {
    hint: 'Make one with `pycontainer lock` or `uv lock`, or name one with `dependencies: {from: FILE}`.',
    location,
  });
}

/** @param from the file that says the indexes, absolute */
export function finderOf(
  target: Target,
  from: string,
  lock: LockIndexes,
  sources: PlanSources,
  shared: Shared,
): Promise<Finder> {
  const { indexes, findLinks } = target.dependencies;
  return shared.once('finder', [indexes, findLinks, target.context, from], async () => {
    const { env, home, cwd, root, httpFor, store, emit, offline, signal } = sources;
    const setup = await indexSettings({
      dependencies: { indexes, findLinks },
      folder: target.context,
      root,
      lock,
      env,
      home,
      cwd,
    });
    for (const { url } of [...setup.findLinks, ...setup.indexes]) notePlace(url, sources.memory.seen);
    return new Finder({
      setup,
      http: httpFor(setup.trust),
      store,
      emit,
      offline,
      refresh: sources.pull,
      ...(signal === undefined ? {} : { signal }),
    });
  });
}

/** Of packages on this machine: the folder, which is listed, or the file. */
function notePlace(url: string, seen: Seen): void {
  const path = localPath(url);
  if (path !== undefined) seen.listed(path, 'dependencies');
}
