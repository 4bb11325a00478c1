import { PycontainerError } from '../errors.ts';
import type { WarningEvent } from '../events.ts';
import type { BaseFacts } from '../base/base.ts';
import { parseWheelFilename } from '../python/filename.ts';
import { findMisfits, type Misfit } from '../python/install/fit.ts';
import type { InstalledFacts } from '../python/install/installed.ts';
import { printable } from '../python/install/problem.ts';
import { systemPackages } from '../python/install/system-libraries.ts';
import type { PlannedPackage, PlatformInputs, PythonInputs } from '../plan/inputs.ts';

/** Libraries that are named in one message, and in one hint. */
const shownLibraries = 6;

interface Recipe {
  readonly platform: Pick<PlatformInputs, 'facts'>;
  readonly python: Pick<PythonInputs, 'packages' | 'basePackages'>;
}

/**
 * What binaries of the packages lack in the base: one warning for a package. Throws 'wheel-not-fitting' for a package
 * whose wheel is for this machine by its name but for another by what is in it: no part of it can ever be loaded.
 * @param facts of the packages, in their order
 */
export function fitWarnings({ platform, python }: Recipe, facts: readonly InstalledFacts[]): readonly WarningEvent[] {
  const items = new Map(python.packages.map((item) => [item.name, item]));
  const packages = facts.map(({ name, binaries }) => ({
    name,
    anyPlatform: isForAny(items.get(name)),
    binaries,
  }));
  const misfits = Map.groupBy(
    findMisfits(packages, { ...platform.facts, systemSitePackages: python.basePackages !== undefined }),
    ({ name }) => name,
  );
  return [...misfits].map(([name, list]) => warning(list, platform.facts, items.get(name)));
}

function isForAny(item: PlannedPackage | undefined): boolean {
  return item !== undefined && parseWheelFilename(item.wheel.filename).tags.some((tag) => tag.endsWith('-any'));
}

function warning(misfits: readonly Misfit[], facts: BaseFacts, item: PlannedPackage | undefined): WarningEvent {
  const [first] = misfits;
  const common = { type: 'warning', code: 'library-missing', location: item?.location } as const;
  switch (first?.kind) {
    case 'machine':
      return { ...common, ...otherMachine(first, facts, item) };
    case 'libc':
      return {
        ...common,
        message: `${first.name} has only binaries for ${first.libc}, and the base has ${facts.libc?.kind ?? 'another C library'}: ${inImage(first.path)}`,
        hint: libcHint(first.libc),
      };
    default:
      return { ...common, ...missingLibraries(misfits, facts, item?.name ?? '') };
  }
}

function otherMachine(
  { name, path, machine, anyPlatform }: Extract<Misfit, { kind: 'machine' }>,
  facts: BaseFacts,
  item: PlannedPackage | undefined,
): { message: string; hint: string } {
  const message = `${name} has only binaries for ${machine}, and the base is for ${facts.machine}: ${inImage(path)}`;
  const hint = `Get a wheel of ${name} that was made for ${facts.machine}.`;
  if (anyPlatform) return { message, hint };
  throw new PycontainerError('wheel-not-fitting', message, { hint, location: item?.location });
}

function libcHint(libc: 'glibc' | 'musl'): string {
  return libc === 'glibc'
    ? 'Take a base with glibc, such as a Debian one (python:3.13-slim), or a wheel with a musllinux tag.'
    : 'Take a base with musl, such as Alpine (python:3.13-alpine), or a wheel with a manylinux tag.';
}

function missingLibraries(
  misfits: readonly Misfit[],
  facts: BaseFacts,
  name: string,
): { message: string; hint: string } {
  const missing = misfits.filter((misfit) => misfit.kind === 'library');
  const names = missing.map(({ library }) => library);
  const shown = names.slice(0, shownLibraries).map(printable).join(', ') + more(names.length - shownLibraries);
  const them = names.length === 1 ? 'it' : 'them';
  return {
    message: `${name} needs ${shown}: neither the base nor a package has ${them} (for ${inImage(missing[0]?.path)})`,
    hint: packagesHint(names, facts),
  };
}

/** Names the packages of the base's own distribution, else of Debian and Alpine. */
function packagesHint(libraries: readonly string[], { os, libc }: BaseFacts): string {
  const known = libraries.flatMap((library) => systemPackages(library) ?? []);
  if (known.length === 0) return 'Take a base that has it.';
  const list = (distribution: 'debian' | 'alpine'): string => {
    const names = [...new Set(known.map((one) => one[distribution]))].toSorted();
    return names.slice(0, shownLibraries).join(', ') + more(names.length - shownLibraries);
  };
  const debian = `on Debian: ${list('debian')}`;
  const alpine = `on Alpine: ${list('alpine')}`;
  const both = libc?.kind === 'musl' ? [alpine, debian] : [debian, alpine];
  const own = os?.id === 'alpine' ? [alpine] : os?.id === 'debian' || os?.id === 'ubuntu' ? [debian] : both;
  return `Take a base with the packages that have it (${own.join('; ')}), or add them to the base.`;
}

function inImage(path = ''): string {
  return printable(`/${path}`);
}

function more(count: number): string {
  return count > 0 ? ` and ${count} more` : '';
}
