import { PycontainerError } from '../errors.ts';
import type { InstallTarget } from '../python/install/target.ts';
import type { PlannedPackage, PlatformInputs, PythonInputs, TargetBelow } from './inputs.ts';

/** The packages that an image brings itself. */
export function ownPackages({ packages }: PythonInputs): readonly PlannedPackage[] {
  return packages.filter(({ inBase }) => inBase !== true);
}

/** Whether the base target's image has the venv already: links and settings are the same. */
export function isInVenvBelow({ python, below }: PlatformInputs): boolean {
  const other = below?.image.python;
  if (python === undefined || other === undefined || !isSamePlace(python.install, other.install)) return false;
  const settings = ({ interpreter, basePackages }: PythonInputs): unknown => [interpreter, basePackages === undefined];
  return JSON.stringify(settings(python)) === JSON.stringify(settings(other));
}

/**
 * What is in the prefix in the end: packages that the base target has installed there are not installed again. Throws
 * 'dependency-conflict' for one that would be there in two forms.
 */
export function withPythonBelow(python: PythonInputs, name: string, below: TargetBelow | undefined): PythonInputs {
  const other = below?.image.python;
  if (below === undefined || other === undefined || !isSamePlace(python.install, other.install)) return python;
  const there = new Map(other.packages.map((item) => [item.name, item]));
  const own = python.packages.filter((item) => {
    const same = there.get(item.name);
    if (same !== undefined && !isSameWheel(item, same))
      throw twoForms(item, same, python.install, [name, below.target.name]);
    return same === undefined;
  });
  const packages = [...own, ...other.packages.map((item) => ({ ...item, inBase: true as const }))];
  return {
    ...python,
    packages: packages.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    projects: { ...python.projects, ...without(other.projects, python.projects) },
  };
}

function without(projects: PythonInputs['projects'], others: PythonInputs['projects']): PythonInputs['projects'] {
  return Object.fromEntries(Object.entries(projects).filter(([name]) => !Object.hasOwn(others, name)));
}

/** In one prefix, packages are placed in one way. */
function isSamePlace(a: InstallTarget, b: InstallTarget): boolean {
  const place = ({ prefix, layout, pythonVersion, implementation, freeThreaded }: InstallTarget): unknown => [
    prefix,
    layout,
    pythonVersion,
    implementation ?? 'cpython',
    freeThreaded ?? false,
  ];
  return JSON.stringify(place(a)) === JSON.stringify(place(b));
}

function isSameWheel({ wheel: a }: PlannedPackage, { wheel: b }: PlannedPackage): boolean {
  return a.sha256 === b.sha256 && a.filename === b.filename;
}

function twoForms(
  item: PlannedPackage,
  other: PlannedPackage,
  { prefix }: InstallTarget,
  [target, base]: readonly [target: string, base: string],
): PycontainerError {
  const isVersion = item.version !== other.version;
  const [is, was] = isVersion ? [item.version, other.version] : [item.wheel.filename, other.wheel.filename];
  return new PycontainerError(
    'dependency-conflict',
    `${target} installs ${item.name} ${is}, and its base target ${base} has ${was === is ? 'another build of it' : was} in ${prefix}`,
    {
      hint: `Let both use one lock, or give ${target} a place of its own with \`dependencies: {prefix: /opt/${target}}\`.`,
      location: item.location,
    },
  );
}
