import type { Annotations, Descriptor, ImageConfig } from '../oci/manifest.ts';
import type { DiffId, Digest } from '../oci/digest.ts';
import type { Platform } from '../oci/platform.ts';
import type { Reference } from '../oci/reference.ts';

/** The image below, for one platform. */
export interface Base {
  /** As the user wrote it. */
  readonly text: string;
  /** Where a registry names it (tag and digest as resolved); absent for local bases. */
  readonly reference?: Reference;
  readonly platform: Platform;
  /** Of the platform's manifest; for a base without one (rootfs, scratch) a digest of what it consists of. */
  readonly digest: Digest;
  readonly config: ImageConfig;
  /** Base layer first. */
  readonly layers: readonly BaseLayer[];
  /** Of the index that it was chosen from. */
  readonly index?: Digest;
  /** Of its manifest; absent where its place keeps none. */
  readonly annotations?: Annotations;
  /** All that there is under the same name, as it is named there; absent where nothing tells. */
  readonly platforms?: readonly Platform[];
  /** Absolute paths of the folders that it is made of, the topmost first, where they lie on this machine. */
  readonly folders?: readonly string[];
}

export interface BaseLayer {
  readonly descriptor: Descriptor;
  readonly diffId: DiffId;
  readonly origin: LayerOrigin;
}

/** Where the bytes of a base's layer can be had when an output lacks them. */
export type LayerOrigin =
  | { readonly kind: 'registry'; readonly host: string; readonly repository: string }
  /** A file on disk that holds exactly the blob, or holds it from `offset` on (in bytes). */
  | { readonly kind: 'file'; readonly path: string; readonly offset?: number }
  /** At the addresses in the descriptor, and nowhere else. */
  | { readonly kind: 'urls' }
  | { readonly kind: 'store' };

/** What a base's own files say. Read from bytes; nothing is run. */
export interface BaseFacts {
  /** Absent when the base has no Python. */
  readonly interpreter?: Interpreter;
  readonly libc?: Libc;
  /** As Python's platform.machine() would say it: x86_64, aarch64, armv7l, i686, ppc64le, s390x, riscv64. */
  readonly machine: string;
  /** Path of a shell, absent for distroless. */
  readonly shell?: string;
  /** `ID` and `VERSION_ID` of os-release. */
  readonly os?: { readonly id: string; readonly versionId?: string };
  /** File names of shared libraries in the loader's folders, sorted. */
  readonly libraries: readonly string[];
  /** Text of /etc/passwd and /etc/group; absent when the base has none. */
  readonly passwd?: string;
  readonly group?: string;
  /**
   * The folders at the root by absolute path, and those below that are not plain (0755, of root) or are symlinks to a
   * folder, so that a layer that brings files below them does not change them. A folder below the root that is not listed
   * is plain or not there.
   */
  readonly folders: Readonly<Record<string, BaseFolder>>;
}

export type BaseFolder =
  | { readonly mode: number; readonly uid: number; readonly gid: number }
  /** Where the link leads in the end, absolute. */
  | { readonly symlink: string };

export interface Interpreter {
  /** What the venv's `bin/python` links to: absolute, symlinks followed, e.g. /usr/local/bin/python3.12. */
  readonly path: string;
  /** Full version, e.g. 3.12.7. */
  readonly version: string;
  readonly implementation: 'cpython' | 'pypy';
  readonly freeThreaded: boolean;
  /** Made with `--with-pydebug`. Absent: not. */
  readonly debug?: boolean;
  /** Distributions that the base itself brings, name (normalized) → version. */
  readonly packages: Readonly<Record<string, string>>;
}

export interface Libc {
  readonly kind: 'glibc' | 'musl';
  /** X.Y, e.g. 2.36 or 1.2. */
  readonly version: string;
}
