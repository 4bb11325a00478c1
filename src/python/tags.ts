import type { BaseFacts, Libc } from '../base/base.ts';
import { PycontainerError } from '../errors.ts';
import { readVersion } from './version.ts';

/** What decides which wheels an interpreter takes. */
export interface TagTarget {
  readonly implementation: 'cpython' | 'pypy';
  /** Major and minor. */
  readonly version: readonly [number, number];
  readonly freeThreaded: boolean;
  /** A debug build takes what is made for debug builds, then what is made for others. */
  readonly debug?: boolean;
  /** Absent when the base has no C library that wheels are built for. */
  readonly libc?: Libc;
  /** As `platform.machine()` says it. */
  readonly machine: string;
}

/** Errors: `base-python` for a base without an interpreter. */
export function tagTarget({ interpreter, libc, machine }: BaseFacts): TagTarget {
  const [major, minor] = readVersion(interpreter?.version ?? '')?.release.map(Number) ?? [];
  if (interpreter === undefined || major === undefined || minor === undefined)
    throw new PycontainerError('base-python', 'The base has no Python interpreter', {
      hint: 'Choose a base that has one, such as python:3.13-slim.',
    });
  const { implementation, freeThreaded, debug } = interpreter;
  const flags = { freeThreaded, ...(debug === undefined ? {} : { debug }) };
  return { implementation, version: [major, minor], ...flags, ...(libc && { libc }), machine };
}

/**
 * The tags of the wheels that fit, best first, in the order of pip up to 26.2 and of uv (PEP 425, 600, 656): a bare
 * `linux_*` stands behind the manylinux or musllinux platforms of the same group.
 */
export function supportedTags(target: TagTarget): readonly string[] {
  const platforms = supportedPlatforms(target);
  const pythons = pythonNames(target.version);
  const own = target.implementation === 'pypy' ? pypyTags(target, platforms) : cpythonTags(target, platforms);
  const anywhere = target.implementation === 'pypy' ? 'pp3' : `cp${target.version.join('')}`;
  return [
    ...own,
    ...pythons.flatMap((python) => combine(python, 'none', platforms)),
    ...[anywhere, ...pythons].map((python) => `${python}-none-any`),
  ];
}

function combine(python: string, abi: string, platforms: readonly string[]): string[] {
  return platforms.map((platform) => `${python}-${abi}-${platform}`);
}

function cpythonTags({ version, freeThreaded, debug = false }: TagTarget, platforms: readonly string[]): string[] {
  const [major, minor] = version;
  const python = `cp${major}${minor}`;
  const abi = python + (freeThreaded ? 't' : '');
  const malloc = minor < 8 ? 'm' : '';
  const abis = debug ? [`${abi}d${malloc}`, ...(minor < 8 ? [] : [abi])] : [abi + malloc];
  const stable = freeThreaded ? 'abi3t' : 'abi3';
  const older = Array.from({ length: Math.max(minor - 2, 0) }, (_, index) => `cp${major}${minor - 1 - index}`);
  return [
    ...abis.flatMap((name) => combine(python, name, platforms)),
    ...combine(python, stable, platforms),
    ...combine(python, 'none', platforms),
    ...older.flatMap((earlier) => combine(earlier, stable, platforms)),
  ];
}

/** Every PyPy since 2019 has the binary interface of 7.3. */
function pypyTags({ version }: TagTarget, platforms: readonly string[]): string[] {
  const python = version.join('');
  return [...combine(`pp${python}`, `pypy${python}_pp73`, platforms), ...combine(`pp${python}`, 'none', platforms)];
}

/** py312, py3, py311, … py30 */
function pythonNames([major, minor]: readonly [number, number]): string[] {
  const older = Array.from({ length: minor }, (_, index) => `py${major}${minor - 1 - index}`);
  return [`py${major}${minor}`, `py${major}`, ...older];
}

/** The platform parts of tags, best first. An ARMv8 processor in 32-bit mode takes what is made for ARMv7. */
function supportedPlatforms({ libc, machine }: TagTarget): string[] {
  const machines = machine === 'armv8l' ? ['armv8l', 'armv7l'] : [machine];
  const platforms =
    libc === undefined ? [] : machines.flatMap((one) => (libc.kind === 'musl' ? musllinux : manylinux)(libc, one));
  return [...platforms, ...machines.map((one) => `linux_${one}`)];
}

function musllinux(libc: Libc, machine: string): string[] {
  const [major, minor] = libcVersion(libc);
  return Array.from({ length: minor + 1 }, (_, index) => `musllinux_${major}_${minor - index}_${machine}`);
}

const manylinuxMachines: Readonly<Record<string, readonly [number, number]>> = {
  x86_64: [2, 5],
  i686: [2, 5],
  aarch64: [2, 17],
  armv7l: [2, 17],
  armv8l: [2, 17],
  loongarch64: [2, 17],
  ppc64: [2, 17],
  ppc64le: [2, 17],
  riscv64: [2, 17],
  s390x: [2, 17],
};

const legacyNames: Readonly<Record<string, string>> = {
  '2_17': 'manylinux2014',
  '2_12': 'manylinux2010',
  '2_5': 'manylinux1',
};

/** The last minor version that a past major one of glibc is taken to have had. */
const lastMinor = 50;

function manylinux(libc: Libc, machine: string): string[] {
  const oldest = manylinuxMachines[machine];
  if (oldest === undefined) return [];
  const [major, minor] = libcVersion(libc);
  const names: string[] = [];
  for (let m = major; m >= 2; m -= 1) {
    const last = m === oldest[0] ? oldest[1] : 0;
    for (let n = m === major ? minor : lastMinor; n >= last; n -= 1) {
      names.push(`manylinux_${m}_${n}_${machine}`);
      const legacy = legacyNames[`${m}_${n}`];
      if (legacy !== undefined) names.push(`${legacy}_${machine}`);
    }
  }
  return names;
}

/** Bounded, so that a hostile base cannot ask for endless tags. */
function libcVersion({ version }: Libc): [number, number] {
  const [, major = '0', minor = '0'] = /^([0-9]{1,3})\.([0-9]{1,3})(?![0-9])/.exec(version) ?? [];
  return [Number(major), Number(minor)];
}
