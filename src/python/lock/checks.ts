import { PycontainerError, type SourceLocation } from '../../errors.ts';
import type { MarkerEnvironment } from '../environment.ts';
import { evaluateMarker, formatMarker, type Marker } from '../marker.ts';
import { parseSpecifiers, specifiersContain } from '../specifier.ts';
import type { LockedPackage } from './package.ts';

/** Refuses an image whose Python the lock is not for. Error: 'base-python'. */
export function checkPython(
  requiresPython: string | undefined,
  environment: MarkerEnvironment,
  owner: string,
  location?: SourceLocation,
): void {
  if (requiresPython === undefined || requiresPython === '') return;
  if (specifiersContain(parseSpecifiers(requiresPython), environment.python_full_version, true)) return;
  throw new PycontainerError(
    'base-python',
    `${owner} is for Python ${requiresPython}, and the base has Python ${environment.python_full_version}`,
    { hint: 'Take a base with such a Python, or lock for the one that the base has.', location },
  );
}

/** Refuses an image that none of a lock's environments is for; an empty list is for all. Error: 'lock-platform'. */
export function checkEnvironments(
  markers: readonly Marker[],
  environment: MarkerEnvironment,
  shown: string,
  location?: SourceLocation,
): void {
  if (markers.length === 0 || markers.some((marker) => evaluateMarker(marker, environment))) return;
  throw new PycontainerError('lock-platform', `${shown} was not made for this image`, {
    hint: `It is for: ${markers.map(formatMarker).join(' | ')}. Lock for Linux on ${environment.platform_machine} too.`,
    location,
  });
}

/** Refuses an extra that is not declared. Error: 'extra-unknown'. */
export function checkExtras(asked: readonly string[], known: ReadonlySet<string>, owner: string): void {
  for (const name of asked) {
    if (known.has(name)) continue;
    throw new PycontainerError('extra-unknown', `${owner} has no extra ${name}`, { hint: listing('extras', known) });
  }
}

/** Refuses a dependency group that is not declared. Error: 'group-unknown'. */
export function checkGroups(asked: readonly string[], known: ReadonlySet<string>, owner: string): void {
  for (const name of asked) {
    if (known.has(name)) continue;
    throw new PycontainerError('group-unknown', `${owner} has no dependency group ${name}`, {
      hint: listing('groups', known),
    });
  }
}

function listing(what: string, known: ReadonlySet<string>): string {
  return known.size === 0 ? `It has no ${what}.` : `It has the ${what} ${[...known].sort().join(', ')}.`;
}

/** Sorts by name, and refuses one name at two versions. Error: 'dependency-conflict'. */
export function sortUnique(packages: readonly LockedPackage[], hint: string): LockedPackage[] {
  const byName = new Map<string, LockedPackage>();
  for (const item of packages) {
    const other = byName.get(item.name);
    if (other !== undefined) {
      throw new PycontainerError(
        'dependency-conflict',
        `${item.location.file} has ${item.name} twice for this image: ${spot(other)} and ${spot(item)}`,
        { hint, location: item.location },
      );
    }
    byName.set(item.name, item);
  }
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function spot(item: LockedPackage): string {
  return `${item.version ?? 'a folder'} (line ${item.location.line})`;
}
