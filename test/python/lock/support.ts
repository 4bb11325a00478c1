import { markerEnvironment, type MarkerEnvironment } from '../../../src/python/environment.ts';
import type { SelectRequest, Selection } from '../../../src/python/lock/lock.ts';

/** What a CPython on Linux says of itself. */
export function linux(version = '3.12.7', machine = 'x86_64'): MarkerEnvironment {
  return markerEnvironment({ interpreter: { version, implementation: 'cpython' }, machine });
}

export function request(changes: Partial<SelectRequest> = {}): SelectRequest {
  return { environment: linux(), tags: [], extras: [], groups: [], ...changes };
}

/** `name version` of what was selected. */
export function listed({ packages }: Selection): string[] {
  return packages.map(({ name, version }) => `${name} ${version ?? '-'}`);
}
