import type { Finder } from '../index/finder.ts';
import type { MarkerEnvironment } from '../environment.ts';
import type { LockIndexes } from '../lock/lock.ts';
import type { Marker } from '../marker.ts';
import type { PylockEntry } from '../lock/pylock-write.ts';
import { compareVersions, parseVersion } from '../version.ts';
import type { Wanted } from './wanted.ts';

/** An image that is to be resolved for. */
export interface ResolveImage {
  /** For people: `linux/arm64`. */
  readonly platform: string;
  readonly environment: MarkerEnvironment;
  /** The tags that fit, best first. */
  readonly tags: readonly string[];
}

export interface ResolveRequest {
  readonly wanted: Wanted;
  /** At least one. */
  readonly images: readonly ResolveImage[];
  /** What the manifest says; its places come before those of the requirements file. */
  readonly indexes: LockIndexes;
  /** Where relative addresses of indexes start, and where uv looks for its settings; absolute. */
  readonly folder: string;
  /** Where relative paths of the environment start; absolute. */
  readonly cwd: string;
  /** Passed on to the tool, whose own settings stand in it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Looks up sizes, and files where the tool names none. */
  readonly finder: Finder;
  readonly signal?: AbortSignal | undefined;
}

/** What a tool answered, in the words of a lock. */
export interface Resolution {
  /** Absent where nothing had to be asked. */
  readonly tool?: 'uv' | 'pip';
  readonly environments: readonly Marker[];
  readonly requiresPython?: string;
  readonly packages: readonly PylockEntry[];
}

/** The minor versions of Python that images have, oldest first, each once. */
export function pythonsOf(images: readonly ResolveImage[]): string[] {
  const versions = new Set(images.map(({ environment }) => environment.python_version));
  return [...versions].toSorted((a, b) => compareVersions(parseVersion(a), parseVersion(b)));
}
