import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PycontainerError, throwTogether } from '../../errors.ts';
import type { WarningEvent } from '../../events.ts';
import type { Target } from '../../config/target.ts';
import type { BaseFacts, Interpreter } from '../../base/base.ts';
import { type MarkerEnvironment, markerEnvironment } from '../../python/environment.ts';
import { parseWheelFilename } from '../../python/filename.ts';
import type { Finder } from '../../python/index/finder.ts';
import { locateWheel } from '../../python/index/locate.ts';
import { wheelSize } from '../../python/index/size.ts';
import type { LockedPackage } from '../../python/lock/package.ts';
import type { Project } from '../../python/project.ts';
import { parseSpecifiers, specifiersContain } from '../../python/specifier.ts';
import { supportedTags, tagTarget } from '../../python/tags.ts';
import { readVersion } from '../../python/version.ts';
import type { PlannedPackage } from '../inputs.ts';
import { gatherCopied, venvOf } from './copied.ts';
import { installTarget } from './install-target.ts';
import { finderOf, lockOf } from './locked.ts';
import { placesMark } from './known-wheels.ts';
import type { Shared } from './shared.ts';
import type { PlanSources } from './sources.ts';

export interface GatheredPackages {
  /** Sorted by name. */
  readonly packages: readonly PlannedPackage[];
  /** Names of packages of the lock that the base has already, sorted. */
  readonly provided: readonly string[];
  /** Folders of projects that are installed from source, absolute, without the context itself. */
  readonly members: readonly string[];
  /** The lock's name, for people. */
  readonly source?: string;
  readonly environment?: MarkerEnvironment;
  readonly finder?: Finder;
  readonly warnings: readonly WarningEvent[];
}

export const noPackages: GatheredPackages = { packages: [], provided: [], members: [], warnings: [] };

/** Reads the target's lock, takes what the base's interpreter needs, and finds the wheel of each package. */
export async function gatherPackages(
  target: Target,
  project: Project | undefined,
  facts: BaseFacts & { readonly interpreter: Interpreter },
  sources: PlanSources,
  shared: Shared,
): Promise<GatheredPackages> {
  const folder = await venvOf(target, sources, shared);
  const install = installTarget(target, facts.interpreter);
  if (folder !== undefined)
    return { ...(await gatherCopied({ folder, target, project, facts, install }, sources, shared)), provided: [] };
  const { machine, libc, interpreter } = facts;
  return shared.once('packages', [target.name, machine, libc, interpreter], () =>
    gatherLocked(target, project, facts, sources, shared),
  );
}

async function gatherLocked(
  target: Target,
  project: Project | undefined,
  facts: BaseFacts & { readonly interpreter: Interpreter },
  sources: PlanSources,
  shared: Shared,
): Promise<GatheredPackages> {
  const lock = await lockOf(target, project, sources, shared);
  if (lock === undefined) return noPackages;
  const tags = supportedTags(tagTarget(facts));
  const environment = markerEnvironment({ interpreter: facts.interpreter, machine: facts.machine });
  const selection = lock.select({
    environment,
    tags,
    extras: lock.made === undefined ? target.dependencies.extras : [],
    groups: lock.made === undefined ? target.dependencies.groups : [],
    ...(project === undefined ? {} : { project }),
    ...(project?.name === undefined ? {} : { member: project.name }),
  });
  const finder = await finderOf(target, lock.file, lock.indexes, sources, shared);
  const scope = [lock.file, target.dependencies, target.context, tags[0], tags.length, facts.interpreter.version];
  const { findLinks, indexes } = finder.setup;
  const places = await shared.once('places', [findLinks, indexes], async () => placesMark(finder.setup));
  const locate = (item: LockedPackage): Promise<PlannedPackage> =>
    shared.once('wheel', [scope, item.name, item.version, item.requested], () =>
      sources.memory.wheels.find(places === undefined ? undefined : [scope, places, item], () =>
        planned(item, tags, facts.interpreter.version, finder),
      ),
    );
  const below = target.dependencies.systemSitePackages ? facts.interpreter.packages : {};
  const provided = selection.packages.filter((item) => isProvided(item, below));
  const installed = selection.packages.filter((item) => item.source.kind !== 'directory' && !provided.includes(item));
  const packages = await allOrFirstError(installed.map(locate));
  return {
    packages,
    provided: provided.map(({ name }) => name),
    members: membersOf(selection.packages, target.context),
    source: basename(lock.file),
    environment,
    finder,
    warnings: [...selection.warnings, ...packages.flatMap((item) => linuxTagWarning(item, tags))],
  };
}

/** Whether the base has what is locked, as pip would see it: `2.3.0+cu121` is 2.3.0. */
function isProvided({ name, version, source }: LockedPackage, below: Interpreter['packages']): boolean {
  const there = Object.hasOwn(below, name) ? readVersion(below[name] ?? '') : undefined;
  if (source.kind !== 'index' || there === undefined || readVersion(version ?? '') === undefined) return false;
  return specifiersContain(parseSpecifiers(`==${version}`), there, true);
}

async function planned(
  item: LockedPackage,
  tags: readonly string[],
  pythonVersion: string,
  finder: Finder,
): Promise<PlannedPackage> {
  const located = await locateWheel(item, tags, { finder, pythonVersion });
  const wheel = { ...located, sizeBytes: await wheelSize(located, finder) };
  const { source } = item;
  const directUrl =
    source.kind === 'url' ? source.url : source.kind === 'path' ? pathToFileURL(source.path).href : undefined;
  return {
    name: item.name,
    version: item.version ?? '',
    wheel,
    requested: item.requested,
    requires: item.requires,
    ...(directUrl === undefined ? {} : { directUrl }),
    location: item.location,
  };
}

/** All are looked for before one failure is told, so that the rest of the mistakes can stand beside it. */
async function allOrFirstError<T>(works: readonly Promise<T>[]): Promise<readonly T[]> {
  const settled = await Promise.allSettled(works);
  const errors = settled.flatMap((result): readonly unknown[] => (result.status === 'rejected' ? [result.reason] : []));
  const ours = errors.filter((error) => error instanceof PycontainerError);
  if (ours.length < errors.length) throw errors.find((error) => !(error instanceof PycontainerError));
  throwTogether(ours);
  return settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

/** A wheel that says only `linux` may need any libraries of the machine that it was built on. */
function linuxTagWarning({ name, wheel, location }: PlannedPackage, tags: readonly string[]): readonly WarningEvent[] {
  if (!/[-.]linux_/.test(wheel.filename)) return [];
  const own = new Set(parseWheelFilename(wheel.filename).tags);
  const best = tags.find((tag) => own.has(tag));
  if (best === undefined || !/-linux_[^-]+$/.test(best)) return [];
  return [
    {
      type: 'warning',
      code: 'wheel-linux-tag',
      message: `${wheel.filename} does not say which systems it runs on`,
      hint: `Take a manylinux or musllinux wheel of ${name}, or make one with auditwheel.`,
      location,
    },
  ];
}

function membersOf(packages: readonly LockedPackage[], context: string): readonly string[] {
  return packages.flatMap(({ source }) =>
    source.kind === 'directory' && !source.virtual && source.path !== context ? [source.path] : [],
  );
}
