import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve as resolvePath } from 'node:path';
import { PycontainerError, systemCode } from '../../errors.ts';
import { formatPlatform, hostPlatform, type Platform } from '../../oci/platform.ts';
import type { BaseSpec, Target } from '../../config/target.ts';
import type { BaseFacts } from '../../base/base.ts';
import { markerEnvironment } from '../../python/environment.ts';
import { readLock } from '../../python/lock/find.ts';
import type { Lock, LockIndexes } from '../../python/lock/lock.ts';
import { formatPylock } from '../../python/lock/pylock-write.ts';
import { type Project, readProject } from '../../python/project.ts';
import { inputsOf } from '../../python/resolve/inputs.ts';
import type { Resolution, ResolveImage } from '../../python/resolve/request.ts';
import { resolve } from '../../python/resolve/resolve.ts';
import { isNothing, type Wanted } from '../../python/resolve/wanted.ts';
import { supportedTags, tagTarget } from '../../python/tags.ts';
import { type BasePin, type BasePins, pinKey, pinOf } from '../lockfile.ts';
import { replaceFile } from '../replace.ts';
import { type ChosenBase, chooseRoot, describeBase, gatherBase, type GatheredBase } from './base.ts';
import { finderOf, lockFileOf } from './locked.ts';
import { placed } from './placed.ts';
import { Shared } from './shared.ts';
import type { PlanSources } from './sources.ts';
import { changeSince, isWish, lockName, readWish, wishOf } from './unlocked.ts';

export interface GatheredLocks {
  /** What the bases of the targets stand for. */
  readonly pins: BasePins;
  /** One for each target that has to be resolved, in the order of the targets. */
  readonly locks: readonly PackageLock[];
}

export interface PackageLock {
  /** As the user would type it. */
  readonly shown: string;
  /** Whether what stands there is not, or no longer, the lock of what is wanted. */
  readonly changed: boolean;
  /** Puts the lock there; does nothing where it stands already. */
  readonly write: () => Promise<void>;
}

/**
 * Asks what the targets' bases stand for, and resolves the dependencies that no lock of another tool pins. With
 * `check` nothing is resolved: only whether what was wanted then is wanted now, and is there for all images.
 * Writes nothing.
 */
export async function gatherLocks(
  targets: readonly Target[],
  sources: PlanSources,
  check: boolean,
): Promise<GatheredLocks> {
  const shared = new Shared();
  const pins = new Map<string, BasePin>();
  const locks: PackageLock[] = [];
  for (const target of targets) {
    const project = await shared.once('project', [target.context], () => readProject(target.context, sources.root));
    const bases = await gatherBases(target, pins, sources, shared);
    const gathering = new TargetLocking(target, project, bases, sources, shared);
    const lock = await gathering.gather(check);
    if (lock !== undefined) locks.push(lock);
  }
  return { pins, locks };
}

interface PlatformFacts {
  readonly platform: Platform;
  readonly facts: BaseFacts;
}

/** Opens the bases of a target, those that it only copies from too, and notes their pins. */
async function gatherBases(
  target: Target,
  pins: Map<string, BasePin>,
  sources: PlanSources,
  shared: Shared,
): Promise<readonly PlatformFacts[]> {
  const chosen = await chooseRoot(target, sources, shared);
  if (chosen.assumed !== undefined) sources.emit({ type: 'assumed', target: target.name, what: chosen.assumed });
  const copied = (await Promise.all(target.files.map(({ from }) => copiedBase(from, sources, shared)))).flat();
  const isOwn = target.base !== undefined && target.base.kind !== 'target';
  const platforms = target.platforms.length === 0 ? [hostPlatform()] : target.platforms;
  return Promise.all(
    platforms.map(async (platform) => {
      const [own, ...others] = await Promise.all(
        [chosen, ...copied].map((one) => {
          const open = (): Promise<GatheredBase> => gatherBase(one, platform, sources, shared);
          return one === chosen && isOwn ? placed(target, ['base'], open) : open();
        }),
      );
      if (own === undefined) throw new PycontainerError('internal', 'A target without a base');
      for (const { pinned, base, facts } of [own, ...others]) {
        if (pinned === undefined) continue;
        pins.set(pinKey(pinned, platform), pinOf(pinned, platform, base.reference?.digest ?? base.digest, facts));
      }
      return { platform, facts: own.facts };
    }),
  );
}

async function copiedBase(from: BaseSpec | undefined, sources: PlanSources, shared: Shared): Promise<ChosenBase[]> {
  if (from === undefined) return [];
  const target = from.kind === 'target' ? sources.targets.get(from.name) : undefined;
  return [target === undefined ? { spec: from, text: describeBase(from) } : await chooseRoot(target, sources, shared)];
}

class TargetLocking {
  readonly #target: Target;
  readonly #project: Project | undefined;
  readonly #bases: readonly PlatformFacts[];
  readonly #sources: PlanSources;
  readonly #shared: Shared;

  constructor(
    target: Target,
    project: Project | undefined,
    bases: readonly PlatformFacts[],
    sources: PlanSources,
    shared: Shared,
  ) {
    this.#target = target;
    this.#project = project;
    this.#bases = bases;
    this.#sources = sources;
    this.#shared = shared;
  }

  /** Undefined where nothing has to be resolved: another tool's lock or a venv is there, or nothing is wanted. */
  async gather(check: boolean): Promise<PackageLock | undefined> {
    const { from } = this.#target.dependencies;
    if (from !== undefined && (await stat(from).catch(() => undefined))?.isDirectory() === true) return undefined;
    const found = await this.#found();
    const wish = await this.#wish(found);
    if (wish === undefined) return undefined;
    const wanted = await readWish(wish, this.#target, this.#sources);
    if (isNothing(wanted) && found?.made === undefined) return undefined;
    const file = found?.made === undefined ? join(this.#target.context, lockName(this.#target)) : found.file;
    const shown = relative(this.#sources.root, file);
    if (check) return { shown, changed: await this.#isOutdated(found), write: async () => undefined };
    const text = await this.#resolve(wanted, file);
    const changed = (await textOf(file)) !== text;
    return { shown, changed, write: () => (changed ? replaceFile(file, text) : Promise.resolve()) };
  }

  async #found(): Promise<Lock | undefined> {
    const { root, env } = this.#sources;
    const file = await lockFileOf(this.#target, this.#sources, this.#shared);
    if (file === undefined || basename(file) === 'pyproject.toml') return undefined;
    const { constraints } = this.#target.dependencies;
    try {
      return await readLock(file, { root, variables: env, constraints });
    } catch (error) {
      throw basename(file) === lockName(this.#target) ? withWayOut(error) : error;
    }
  }

  /** The file that says what is to be resolved, absolute. */
  async #wish(found: Lock | undefined): Promise<string | undefined> {
    if (found === undefined) return wishOf(this.#target, this.#project);
    if (found.made !== undefined) {
      const from = resolvePath(dirname(found.file), found.made.from);
      return (await textOf(from)) === undefined ? wishOf(this.#target, this.#project) : from;
    }
    return isWish(found.file) && this.#selects(found) === 'lock-unpinned' ? found.file : undefined;
  }

  /** Why the lock does not do for an image; undefined when it does for all. */
  #selects(lock: Lock): string | undefined {
    const { extras, groups } = lock.made === undefined ? this.#target.dependencies : { extras: [], groups: [] };
    try {
      for (const image of this.#images()) lock.select({ ...image, extras, groups });
      return undefined;
    } catch (error) {
      if (error instanceof PycontainerError) return error.code;
      throw error;
    }
  }

  async #isOutdated(found: Lock | undefined): Promise<boolean> {
    if (found?.made === undefined) return true;
    return (await changeSince(found, this.#target, this.#sources)) !== undefined || this.#selects(found) !== undefined;
  }

  #images(): ResolveImage[] {
    return this.#bases.map(({ platform, facts }) => {
      const tags = supportedTags(tagTarget(facts));
      const { interpreter, machine } = facts;
      if (interpreter === undefined) throw new PycontainerError('base-python', 'The base has no Python interpreter');
      return { platform: formatPlatform(platform), environment: markerEnvironment({ interpreter, machine }), tags };
    });
  }

  async #resolve(wanted: Wanted, file: string): Promise<string> {
    const { environments, requiresPython, packages } = await this.#resolution(wanted);
    const folder = dirname(file);
    return formatPylock(
      {
        environments,
        ...(requiresPython === undefined ? {} : { requiresPython }),
        packages,
        made: inputsOf(wanted, folder),
      },
      { folder, root: this.#sources.root },
    );
  }

  /** Once for all targets that want the same for the same images. */
  #resolution(wanted: Wanted): Promise<Resolution> {
    const { context, dependencies } = this.#target;
    const images = this.#images();
    const { env, cwd, signal } = this.#sources;
    const indexes = manifestIndexes(this.#target);
    const key = [
      inputsOf(wanted, '/'),
      indexes,
      context,
      images.map(({ environment, tags }) => [environment, tags[0]]),
    ];
    return this.#shared.once('resolution', [key, dependencies.indexes], async () => {
      const finder = await finderOf(this.#target, wanted.file, wanted.indexes, this.#sources, this.#shared);
      return resolve({ wanted, images, indexes, folder: context, cwd, env, finder, signal });
    });
  }
}

/** A lock that is made anew need not be mended by hand. */
function withWayOut(error: unknown): unknown {
  if (!(error instanceof PycontainerError) || error.code !== 'lock-syntax') return error;
  const { message, location, cause } = error;
  const hint = 'After a merge conflict keep either side, or remove the file, and run `pycontainer lock` again.';
  return new PycontainerError('lock-syntax', message, { hint, location, cause });
}

/** What the manifest says about places, in a requirements file's words. An explicit index has none. */
function manifestIndexes({ dependencies: { indexes, findLinks } }: Target): LockIndexes {
  const last = indexes.find((index) => index.default === true);
  const others = indexes.filter((index) => index !== last && index.explicit !== true);
  return {
    ...(last === undefined ? {} : { indexUrl: last.url }),
    extraIndexUrls: others.map(({ url }) => url),
    findLinks,
    noIndex: false,
  };
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw new PycontainerError('file-unreadable', `${file} cannot be read (${systemCode(error) ?? 'unknown reason'})`, {
      cause: error,
    });
  }
}
