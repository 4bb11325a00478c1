import { PycontainerError } from '../../errors.ts';
import type { MarkerEnvironment } from '../environment.ts';
import { evaluateMarker } from '../marker.ts';
import type { UvLockFile, UvPackage, UvRequirement } from './uv-model.ts';

/** The fork of a package that is for this environment. Errors: 'lock-syntax' when there is none, or more than one. */
export function forMarkers(lock: UvLockFile, requirement: UvRequirement, environment: MarkerEnvironment): UvPackage {
  const fits = lock.packages.filter(
    (item) =>
      item.name === requirement.name &&
      (item.forkMarkers.length === 0 || item.forkMarkers.some((marker) => evaluateMarker(marker, environment))),
  );
  const [found, second] = fits;
  if (found !== undefined && second === undefined) return found;
  const what = found === undefined ? 'has no' : 'has more than one';
  throw new PycontainerError('lock-syntax', `${lock.shown} ${what} ${requirement.name} for this image`, {
    hint: 'Write the lock again: uv lock.',
    location: requirement.location,
  });
}
