import type { BaseFacts } from '../../base/base.ts';
import type { BinaryFact } from './binaries.ts';
import { isDriverLibrary, systemPackages } from './system-libraries.ts';

/** A package as far as its fit is concerned. */
export interface FitPackage {
  /** Normalized. */
  readonly name: string;
  /** Its wheel is for any platform, so Python code decides what is loaded of it, if anything. */
  readonly anyPlatform: boolean;
  readonly binaries: readonly BinaryFact[];
}

/** Something that keeps files of a package from being loaded in the image. */
export type Misfit =
  /** All its binaries are for other machines, of which `path` is the first. */
  | MachineMisfit
  /** All that are for this machine are for the other C library. */
  | { readonly kind: 'libc'; readonly name: string; readonly path: string; readonly libc: Libc }
  /** `path` is the first file that needs the library. */
  | { readonly kind: 'library'; readonly name: string; readonly library: string; readonly path: string };

interface MachineMisfit {
  readonly kind: 'machine';
  readonly name: string;
  readonly path: string;
  readonly machine: string;
  readonly anyPlatform: boolean;
}

export interface FitSystem extends Pick<BaseFacts, 'machine' | 'libc' | 'libraries'> {
  /** The base's own Python packages are seen too, of whose libraries nothing is known. */
  readonly systemSitePackages?: boolean;
}

type Libc = 'glibc' | 'musl';

/**
 * Whether binaries of packages can be loaded in an image of this base: they are for its machine and C library, and each
 * library that they need is there. Where it stands among the packages does not matter: RPATH leads to it, or else the
 * packages' own code loads it first, which cannot be seen. Files for other systems are passed over where a package has
 * some for this one. In the order of the packages, and of the libraries' names.
 */
export function findMisfits(packages: readonly FitPackage[], base: FitSystem): readonly Misfit[] {
  const fitting = packages.map(({ binaries }) => binaries.filter((file) => fits(file, base)));
  const there = new Set([...base.libraries, ...fitting.flat().flatMap(namesOf)]);
  return packages.flatMap((item, index) => {
    const files = fitting[index] ?? [];
    return files.length === 0 ? alien(item, base) : missing(item.name, files, there, base);
  });
}

function fits(file: BinaryFact, base: FitSystem): boolean {
  return fitsMachine(file, base) && !isOtherLibc(file, base);
}

/** Of 32-bit ARM the files say the calling convention, the base the version. */
function fitsMachine({ machine }: BinaryFact, base: FitSystem): boolean {
  if (machine === 'armhf' || machine === 'armel') return base.machine.startsWith('arm');
  return machine === base.machine;
}

function isOtherLibc(file: BinaryFact, { libc, libraries }: FitSystem): boolean {
  const wanted = libcOf(file);
  if (wanted === undefined || libc === undefined || wanted === libc.kind) return false;
  return !libraries.some((name) => (wanted === 'musl' ? /^ld-musl-/ : /^ld-linux/).test(name));
}

function libcOf({ needed, interpreter = '' }: BinaryFact): Libc | undefined {
  const names = [...needed, basename(interpreter)];
  if (names.some((name) => /^(?:libc\.musl-|ld-musl-)/.test(name))) return 'musl';
  return names.some((name) => /^(?:libc\.so\.6$|ld-linux|ld64\.so)/.test(name)) ? 'glibc' : undefined;
}

function namesOf({ path, soname }: BinaryFact): readonly string[] {
  return soname === undefined ? [basename(path)] : [basename(path), soname];
}

function alien({ name, anyPlatform, binaries: all }: FitPackage, base: FitSystem): readonly Misfit[] {
  const binaries = all.filter(({ machine }) => machine !== undefined);
  const near = binaries.find((file) => fitsMachine(file, base));
  if (near !== undefined) return [{ kind: 'libc', name, path: near.path, libc: libcOf(near) ?? 'glibc' }];
  return binaries
    .slice(0, 1)
    .flatMap(({ path, machine }) =>
      machine === undefined ? [] : [{ kind: 'machine', name, path, machine, anyPlatform }],
    );
}

function missing(
  name: string,
  files: readonly BinaryFact[],
  there: ReadonlySet<string>,
  base: FitSystem,
): readonly Misfit[] {
  const first = new Map<string, string>();
  for (const { needed, path } of files) {
    for (const library of needed.map(basename)) {
      if (!there.has(library) && !first.has(library) && !isElsewhere(library, base)) first.set(library, path);
    }
  }
  return [...first]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([library, path]) => ({ kind: 'library', name, library, path }));
}

/** What neither packages nor base have to have. */
function isElsewhere(library: string, { libc, systemSitePackages }: FitSystem): boolean {
  // musl's loader takes these for itself, whatever their version.
  const isMusl = libc?.kind === 'musl' && /^lib(?:c|pthread|rt|m|dl|util|xnet)\./.test(library);
  const mayBeInPackage = systemSitePackages === true && systemPackages(library) === undefined;
  return isMusl || isDriverLibrary(library) || mayBeInPackage;
}

function basename(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
