import type { Interpreter } from '../base/base.ts';
import { readVersion } from './version.ts';

/** The variables of PEP 508 that an interpreter and its machine give values to. */
export const environmentNames = [
  'implementation_name',
  'implementation_version',
  'os_name',
  'platform_machine',
  'platform_python_implementation',
  'platform_release',
  'platform_system',
  'platform_version',
  'python_full_version',
  'python_version',
  'sys_platform',
] as const;

export type EnvironmentName = (typeof environmentNames)[number];

/** What markers are evaluated against. */
export type MarkerEnvironment = Readonly<Record<EnvironmentName, string>>;

export interface EnvironmentFacts {
  readonly interpreter: Pick<Interpreter, 'version' | 'implementation'>;
  /** As `platform.machine()` says it. */
  readonly machine: string;
}

/**
 * What an interpreter in a Linux image says about itself. The kernel is not part of an image, so `platform_release`
 * and `platform_version` are empty, as platform.py has what it cannot find out: no version comparison with them holds.
 * PyPy's own version is not among the facts; all PyPys of this decade are 7.3.
 */
export function markerEnvironment({ interpreter, machine }: EnvironmentFacts): MarkerEnvironment {
  const isPyPy = interpreter.implementation === 'pypy';
  const [major = '3', minor = '0'] = readVersion(interpreter.version)?.release ?? [];
  return {
    implementation_name: interpreter.implementation,
    implementation_version: isPyPy ? '7.3' : interpreter.version,
    os_name: 'posix',
    platform_machine: machine,
    platform_python_implementation: isPyPy ? 'PyPy' : 'CPython',
    platform_release: '',
    platform_system: 'Linux',
    platform_version: '',
    python_full_version: interpreter.version,
    python_version: `${major}.${minor}`,
    sys_platform: 'linux',
  };
}

/** A Python built from a checkout calls itself `3.14.0+`, which is a version only with something behind the plus. */
export function pythonFullVersion({ python_full_version: version }: MarkerEnvironment): string {
  return version.endsWith('+') ? `${version}local` : version;
}
