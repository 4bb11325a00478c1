import type { WarningEvent } from '../../events.ts';
import type { MarkerEnvironment } from '../environment.ts';
import type { Project } from '../project.ts';
import type { LockInputs } from './made.ts';
import type { LockedPackage } from './package.ts';

export type LockKind = 'pylock' | 'uv' | 'poetry' | 'pdm' | 'pipfile' | 'requirements';

/** A lock file that was read. It holds every platform that it was made for; `select` takes one image's share. */
export interface Lock {
  readonly kind: LockKind;
  /** Absolute. */
  readonly file: string;
  /** As the lock says it (PEP 440 specifiers). */
  readonly requiresPython?: string;
  /** What the lock says about where files come from, beside the packages' own URLs. */
  readonly indexes: LockIndexes;
  /** What pycontainer resolved it from, where it did. Such a lock is one target's, with its extras and groups. */
  readonly made?: LockInputs;
  /**
   * The packages that belong in an image, sorted by name, no name twice.
   * Throws 'lock-outdated', 'lock-platform', 'lock-unpinned', 'extra-unknown', 'group-unknown', 'base-python',
   * 'dependency-conflict'.
   */
  select(request: SelectRequest): Selection;
}

export interface LockIndexes {
  /** Takes the place of the main index. May hold credentials. */
  readonly indexUrl?: string;
  /** In order. May hold credentials. */
  readonly extraIndexUrls: readonly string[];
  /** Absolute folders or URLs. */
  readonly findLinks: readonly string[];
  /** Look nowhere but in `findLinks`. */
  readonly noIndex: boolean;
}

export const noIndexes: LockIndexes = { extraIndexUrls: [], findLinks: [], noIndex: false };

export interface SelectRequest {
  readonly environment: MarkerEnvironment;
  /** Best first. */
  readonly tags: readonly string[];
  readonly extras: readonly string[];
  /**
   * Dependency groups. None is taken that is not asked for, whatever the project calls its default. Only a pylock.toml
   * has default groups of its own, which are taken where none is asked for (PEP 751).
   */
  readonly groups: readonly string[];
  /** The project in the context; with it the lock is checked for being out of date. */
  readonly project?: Project;
  /** Normalized name of the workspace member that the context is. */
  readonly member?: string;
}

export interface Selection {
  /** Sorted by name. The project itself is among them where the lock lists it, as a directory. */
  readonly packages: readonly LockedPackage[];
  readonly warnings: readonly WarningEvent[];
}
