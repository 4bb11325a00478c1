import type { SourceLocation } from '../../errors.ts';

/** One package of a lock, as every reader gives it. */
export interface LockedPackage {
  /** Normalized (PEP 503). */
  readonly name: string;
  /** As the lock has it; absent only for folders whose version is dynamic. */
  readonly version?: string;
  readonly source: LockedSource;
  /** In the lock's order. Empty when the lock does not list files: they are found on the indexes by hash and name. */
  readonly wheels: readonly LockedFile[];
  readonly sdist?: LockedFile;
  /** `algorithm:hex` of every file that may be taken, when the lock lists hashes but not files. */
  readonly hashes: readonly string[];
  /** Where the lock says it. */
  readonly location: SourceLocation;
  /** Asked for by the project or the user itself, not only by another package: gets a REQUESTED file. */
  readonly requested: boolean;
  /** Names of packages in the selection that this one requires; for the order and for messages. */
  readonly requires: readonly string[];
}

export type LockedSource =
  /** `url` is the index that the lock names, if it does. */
  | { readonly kind: 'index'; readonly url?: string }
  /** A wheel by URL. */
  | { readonly kind: 'url'; readonly url: string; readonly subdirectory?: string }
  /** A wheel or sdist on disk, absolute. */
  | { readonly kind: 'path'; readonly path: string }
  /** A folder with a project of its own, absolute. */
  | { readonly kind: 'directory'; readonly path: string; readonly editable: boolean; readonly virtual: boolean }
  | { readonly kind: 'git'; readonly url: string; readonly commit: string; readonly subdirectory?: string };

/** A file that a lock names. */
export interface LockedFile {
  readonly filename: string;
  /** Absolute URL; file: for local files. Absent when the index must be asked. */
  readonly url?: string;
  /** `algorithm:hex`, e.g. `sha256:…`; empty when the lock has none. */
  readonly hashes: readonly string[];
  readonly sizeBytes?: number;
  readonly location?: SourceLocation;
}
