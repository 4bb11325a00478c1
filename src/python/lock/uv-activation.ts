import type { MarkerEnvironment } from '../environment.ts';
import { evaluateMarker, type Marker } from '../marker.ts';
import type { UvConflictItem } from './uv-model.ts';

/**
 * What is switched on while a lock with conflicts is walked. uv encodes extras, groups and projects as extras in
 * markers: `extra-<length of the package's name>-<package>-<extra>`, likewise `group-…` and `project-…`.
 */
export class UvActivation {
  private readonly environment: MarkerEnvironment;
  private readonly names = new Set<string>();

  constructor(environment: MarkerEnvironment) {
    this.environment = environment;
  }

  add(item: UvConflictItem): void {
    this.names.add(encode(item));
  }

  has(item: UvConflictItem): boolean {
    return this.names.has(encode(item));
  }

  /** Whether the marker holds with what is active now, and with `also` as if it were. */
  holds(marker: Marker | undefined, also: readonly UvConflictItem[] = []): boolean {
    if (marker === undefined) return true;
    const extras = also.length === 0 ? this.names : new Set([...this.names, ...also.map(encode)]);
    return evaluateMarker(marker, this.environment, { extra: extras });
  }
}

function encode(item: UvConflictItem): string {
  const owner = `${item.kind}-${item.package.length}-${item.package}`;
  return item.kind === 'project' ? owner : `${owner}-${item.name}`;
}
