import { PycontainerError, type SourceLocation } from '../../errors.ts';
import type { LockIndexes } from '../lock/lock.ts';
import { formatMarker, type Marker } from '../marker.ts';
import { formatRequirement, type Requirement } from '../requirement.ts';
import { formatSpecifiers } from '../specifier.ts';

/** What is to be resolved, read from a requirements file or a pyproject.toml. */
export interface Wanted {
  /** Absolute. */
  readonly file: string;
  /** As the user would type it. */
  readonly shown: string;
  readonly requirements: readonly WantedRequirement[];
  readonly constraints: readonly WantedRequirement[];
  /** Projects that are installed from their folders; what they depend on is among the requirements. */
  readonly folders: readonly WantedFolder[];
  readonly indexes: LockIndexes;
  /** Versions before a release count too. */
  readonly preReleases: boolean;
}

export interface WantedRequirement {
  /** A link stands in its `url`. */
  readonly requirement: Requirement;
  /** `algorithm:hex` of the files that may be taken; absent or empty: any. */
  readonly hashes?: readonly string[];
  readonly location: SourceLocation;
}

export interface WantedFolder {
  /** Normalized. */
  readonly name: string;
  readonly version?: string;
  /** Absolute. */
  readonly path: string;
  readonly editable: boolean;
  readonly marker?: Marker;
}

/** Whether nothing is to be installed. */
export function isNothing({ requirements, folders }: Wanted): boolean {
  return requirements.length === 0 && folders.length === 0;
}

/** The requirement without its marker. */
export function withoutMarker({ marker: _marker, ...rest }: Requirement): Requirement {
  return rest;
}

/** The requirement that holds only where both markers do. */
export function underMarker(requirement: Requirement, marker: Marker | undefined): Requirement {
  if (marker === undefined) return requirement;
  if (requirement.marker === undefined) return { ...requirement, marker };
  const operands = [marker, requirement.marker].map((one) => ('grouped' in one ? { ...one, grouped: true } : one));
  return { ...requirement, marker: { kind: 'and', operands, grouped: false } };
}

/** One spelling for a requirement, for comparing and for people: names normalized, no login. */
export function describeRequirement({ name, extras, specifiers, url, marker }: Requirement): string {
  const inner = extras.length === 0 ? '' : `[${extras.join(',')}]`;
  const place = url === undefined ? formatSpecifiers(specifiers) : ` @ ${withoutLogin(url)}`;
  const condition = marker === undefined ? '' : ` ; ${formatMarker(marker)}`;
  return `${name}${inner}${place}${condition}`;
}

/** For a line of a requirements file that a tool reads. Errors: 'lock-unsupported' for what would be another line. */
export function formatLine({ requirement, location }: WantedRequirement): string {
  const line = formatRequirement(requirement);
  if (!/[\r\n\0]|(?:^|\s)#|\s-/.test(line)) return line;
  throw new PycontainerError('lock-unsupported', 'A requirement has characters that no requirements file can hold', {
    location,
  });
}

/** User info may be a secret and does not say what is wanted. */
function withoutLogin(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1');
}
