import { environmentNames, type EnvironmentName, type MarkerEnvironment } from '../environment.ts';
import { evaluateMarker, type Marker } from '../marker.ts';
import { specifiersContain, type Specifiers } from '../specifier.ts';

/** An environment, and the extra that is asked for in it. */
interface Sample {
  readonly environment: MarkerEnvironment;
  readonly extra: string;
}

const machines: readonly (readonly [system: string, platform: string, os: string, machine: string])[] = [
  ['Linux', 'linux', 'posix', 'x86_64'],
  ['Linux', 'linux', 'posix', 'aarch64'],
  ['Darwin', 'darwin', 'posix', 'arm64'],
  ['Darwin', 'darwin', 'posix', 'x86_64'],
  ['Windows', 'win32', 'nt', 'AMD64'],
];

/**
 * Whether two lists of markers hold together or not at all; a list holds when one in it does, undefined always holds.
 * Lockers rewrite markers (uv leaves out what requires-python already says), so they are compared by what they say
 * about environments: the common ones, with every value that the markers speak of tried on its own, and every Python
 * version that they speak of with the one before and the one after it. So equal markers are always found equal;
 * different ones are found different where such an environment tells them apart.
 */
export function markersAgree(
  left: readonly (Marker | undefined)[],
  right: readonly (Marker | undefined)[],
  requiresPython: Specifiers,
): boolean {
  const literals = new Map<string, Set<string>>();
  for (const marker of [...left, ...right]) if (marker !== undefined) collectLiterals(marker, literals);
  return samplesOf(literals, requiresPython).every((sample) => holds(left, sample) === holds(right, sample));
}

function samplesOf(literals: ReadonlyMap<string, ReadonlySet<string>>, requiresPython: Specifiers): Sample[] {
  const spoken = ['python_version', 'python_full_version'].flatMap((name) => [...(literals.get(name) ?? [])]);
  const environments = pythonVersions(spoken)
    .filter((version) => specifiersContain(requiresPython, version))
    .flatMap((version) => machines.map((machine) => environmentOf(version, machine)));
  const extras = ['', ...(literals.get('extra') ?? [])];
  return withLiterals(environments, literals).flatMap((environment) => extras.map((extra) => ({ environment, extra })));
}

function holds(markers: readonly (Marker | undefined)[], { environment, extra }: Sample): boolean {
  return markers.some((marker) => marker === undefined || evaluateMarker(marker, environment, { extra }));
}

function collectLiterals(marker: Marker, literals: Map<string, Set<string>>): void {
  if (marker.kind !== 'comparison') {
    for (const operand of marker.operands) collectLiterals(operand, literals);
    return;
  }
  const [variable, value] = marker.left.kind === 'variable' ? [marker.left, marker.right] : [marker.right, marker.left];
  if (variable.kind !== 'variable' || value.kind !== 'value') return;
  literals.set(variable.name, (literals.get(variable.name) ?? new Set()).add(value.value));
}

function pythonVersions(literals: readonly string[]): string[] {
  const versions = new Set<string>();
  for (let minor = 6; minor <= 16; minor += 1) versions.add(`3.${minor}.0`).add(`3.${minor}.99`);
  for (const literal of literals) {
    const [, major, minor, patch = '0'] = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(literal) ?? [];
    if (major === undefined || minor === undefined) continue;
    for (const number of [Number(patch) - 1, Number(patch), Number(patch) + 1]) {
      if (number >= 0) versions.add(`${major}.${minor}.${number}`);
    }
  }
  return [...versions];
}

function environmentOf(version: string, [system, platform, os, machine]: (typeof machines)[number]): MarkerEnvironment {
  return {
    implementation_name: 'cpython',
    implementation_version: version,
    os_name: os,
    platform_machine: machine,
    platform_python_implementation: 'CPython',
    platform_release: '',
    platform_system: system,
    platform_version: '',
    python_full_version: version,
    python_version: version.split('.').slice(0, 2).join('.'),
    sys_platform: platform,
  };
}

function withLiterals(
  environments: readonly MarkerEnvironment[],
  literals: ReadonlyMap<string, ReadonlySet<string>>,
): MarkerEnvironment[] {
  const names = environmentNames.filter((name: EnvironmentName) => !name.startsWith('python_'));
  const changed = names.flatMap((name) =>
    [...(literals.get(name) ?? [])].flatMap((value) =>
      environments.map((environment) => ({ ...environment, [name]: value })),
    ),
  );
  return [...environments, ...changed];
}
