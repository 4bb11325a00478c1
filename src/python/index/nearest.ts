import type { Libc } from '../../base/base.ts';
import { chooseWheel } from '../choose.ts';
import { parseTags } from '../filename.ts';
import { supportedTags, type TagTarget } from '../tags.ts';

type Wheels = readonly { readonly filename: string }[];

/** Minor versions of CPython that official images exist of. */
const knownMinors = [8, 9, 10, 11, 12, 13, 14];
/** glibc of Debian 12 and 13, and musl of Alpine, as those images have them. */
const bookworm: Libc = { kind: 'glibc', version: '2.36' };
const trixie: Libc = { kind: 'glibc', version: '2.41' };
const alpine: Libc = { kind: 'musl', version: '1.2' };
/** Above every version that wheels ask for. */
const anyGlibc: Libc = { kind: 'glibc', version: '2.99' };
const platforms: Readonly<Record<string, string>> = { x86_64: 'linux/amd64', aarch64: 'linux/arm64' };

/**
 * Says what has to be another for one of the wheels to fit, and the image that differs least: first in the C library,
 * then in Python, then in both; at last another platform. Undefined where no image is known that would do.
 * @param tags of the base, best first
 */
export function nearestBase(wheels: Wheels, tags: readonly string[]): string | undefined {
  const own = targetOf(tags[0] ?? '');
  if (own === undefined) return undefined;
  const found = candidates(own).find((candidate) => fits(wheels, candidate));
  if (found !== undefined) return described(wheels, own, found);
  const glibc = neededGlibc(wheels, own);
  if (glibc !== undefined) return `It needs glibc ${glibc} or later: take a base that has it.`;
  const other = Object.entries(platforms).find(([machine]) => fits(wheels, { ...own, machine }));
  return other && `It has wheels for ${other[0]}, not for ${own.machine}: build for \`platforms: [${other[1]}]\`.`;
}

function fits(wheels: Wheels, target: TagTarget): boolean {
  return chooseWheel(wheels, supportedTags(target)) !== undefined;
}

/** What a base is, by its best tag. */
function targetOf(tag: string): TagTarget | undefined {
  const [, python = '', major, minor, abi = '', kind, libcVersion = '', machine] =
    /^(cp|pp)(\d)(\d+)-(\w+)-(?:(many|musl)?linux_(?:(\d+_\d+)_)?)(\w+)$/.exec(tag) ?? [];
  if (machine === undefined) return undefined;
  const version = libcVersion.replace('_', '.');
  return {
    implementation: python === 'pp' ? 'pypy' : 'cpython',
    version: [Number(major), Number(minor)],
    freeThreaded: /\dtd?$/.test(abi),
    debug: /\dt?d$/.test(abi),
    ...(kind === undefined ? {} : { libc: { kind: kind === 'musl' ? 'musl' : 'glibc', version } as const }),
    machine,
  };
}

/** Images that might do, nearest first. */
function candidates(own: TagTarget): readonly TagTarget[] {
  const libcs = own.libc?.kind === 'musl' ? [alpine, bookworm, trixie] : [bookworm, trixie, alpine];
  const plain: TagTarget = { ...own, implementation: 'cpython', freeThreaded: false, debug: false };
  const minor = own.version[1];
  const minors = knownMinors.toSorted((a, b) => Math.abs(a - minor) - Math.abs(b - minor) || b - a);
  const ofOwn = libcs.map((libc) => ({ ...plain, libc }));
  const others = minors
    .filter((other) => other !== minor)
    .map((other): TagTarget => ({ ...plain, version: [3, other] }));
  const ofKind = others.flatMap((other) => withLibcs(other, libcs, own.libc?.kind ?? 'glibc'));
  return [...ofOwn, ...ofKind, ...others.flatMap((other) => libcs.map((libc) => ({ ...other, libc })))];
}

function withLibcs(target: TagTarget, libcs: readonly Libc[], kind: Libc['kind']): readonly TagTarget[] {
  return libcs.filter((libc) => libc.kind === kind).map((libc) => ({ ...target, libc }));
}

function described(wheels: Wheels, own: TagTarget, found: TagTarget): string {
  const differences = [
    ...(own.implementation === found.implementation ? [] : ['no wheel for PyPy']),
    ...(own.freeThreaded ? ['no wheel for a free-threaded Python'] : []),
    ...(own.version[1] === found.version[1] ? [] : [`wheels for Python ${pythonsOf(wheels, found)}`]),
    ...(own.libc?.kind === found.libc?.kind ? [] : [`no ${own.libc?.kind === 'musl' ? 'musl' : 'many'}linux wheel`]),
  ];
  const [first = `only wheels for glibc ${neededGlibc(wheels, own) ?? ''} and later`] = differences;
  return `It has ${[first, ...differences.slice(1)].join(' and ')}: take a base such as ${imageOf(found)}.`;
}

/** The versions of Python that have a wheel in the same surroundings. */
function pythonsOf(wheels: Wheels, found: TagTarget): string {
  const minors = knownMinors.filter((minor) => fits(wheels, { ...found, version: [3, minor] }));
  return minors.map((minor) => `3.${minor}`).join(', ');
}

/** The oldest glibc that one of the wheels takes, where nothing else keeps it from fitting. */
function neededGlibc(wheels: Wheels, target: TagTarget): string | undefined {
  if (target.libc?.kind !== 'glibc') return undefined;
  const taken = new Set(supportedTags({ ...target, libc: anyGlibc }));
  const minors = wheels.flatMap(
    ({ filename }) =>
      parseTags(
        filename
          .replace(/\.whl$/, '')
          .split('-')
          .slice(-3)
          .join('-'),
      )?.flatMap((tag) => {
        const minor = /-manylinux_2_(\d+)_/.exec(tag)?.[1];
        return taken.has(tag) && minor !== undefined ? [Number(minor)] : [];
      }) ?? [],
  );
  return minors.length === 0 ? undefined : `2.${Math.min(...minors)}`;
}

function imageOf({ version, libc }: TagTarget): string {
  const suffix = libc === alpine ? 'alpine' : libc === trixie ? 'slim-trixie' : 'slim';
  return `python:${version.join('.')}-${suffix}`;
}
