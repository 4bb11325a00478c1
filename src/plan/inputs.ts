import type { SourceLocation } from '../errors.ts';
import type { WarningEvent } from '../events.ts';
import type { Annotations } from '../oci/manifest.ts';
import type { Platform } from '../oci/platform.ts';
import type { Compression, FileRule, Target } from '../config/target.ts';
import type { Entry } from '../layer/entry.ts';
import type { Base, BaseFacts } from '../base/base.ts';
import type { MarkerEnvironment } from '../python/environment.ts';
import type { WheelFile } from '../python/index/file.ts';
import type { InstalledFacts } from '../python/install/installed.ts';
import type { InstallTarget } from '../python/install/target.ts';
import type { ImageSettings } from '../image/config.ts';

/** Everything that a plan is made from, gathered: planning itself asks nobody. */
export interface Inputs {
  /** In the order in which they were asked for. */
  readonly targets: readonly TargetInputs[];
  /** Images that nobody asked for, but that others stand on or copy from: made, and delivered nowhere. */
  readonly bases: readonly TargetInputs[];
}

export interface TargetInputs {
  readonly target: Target;
  /** In the order of the target's platforms; at least one. */
  readonly platforms: readonly PlatformInputs[];
  /** What was inferred, as sentences for the user. */
  readonly assumed: readonly string[];
  readonly warnings: readonly WarningEvent[];
}

export interface PlatformInputs {
  readonly platform: Platform;
  /** What all stands on in the end; {@link below} may lie between. */
  readonly base: Base;
  /** Present where the manifest says `base: target:NAME`. */
  readonly below?: TargetBelow;
  /** Of what is below our own layers. */
  readonly facts: BaseFacts;
  /** Absent where nothing of Python is installed: the base has no interpreter, and none is needed. */
  readonly python?: PythonInputs;
  readonly app: AppInputs;
  /** What the app layer takes out of other targets' images, in the order of the manifest. */
  readonly copies?: readonly TargetCopy[];
  /** Files that no image is made of, but that say something to the running container; looked at where a watch is. */
  readonly watched?: readonly WatchedFiles[];
  readonly settings: ImageSettings;
  readonly annotations: Annotations;
  readonly compression: Compression;
  /** Seconds since 1970 that stand in our layers. */
  readonly mtimeSeconds: number;
}

/** What stands below the path of a watch rule, or in an env file. */
export interface WatchedFiles {
  /** Absolute. */
  readonly path: string;
  readonly ignore: readonly string[];
  /** Relative to the path; '' where it is a file itself. The same list from plan to plan while nothing changes. */
  readonly entries: readonly Entry[];
}

/** Another target's image for the same platform, whose layers may not be made yet. */
export interface TargetBelow {
  readonly target: Target;
  readonly image: PlatformInputs;
}

/** A `files` rule with `from: target:NAME`. What it brings is known when that image is made. */
export interface TargetCopy {
  readonly rule: FileRule;
  readonly from: TargetBelow;
  /** What else says where it goes, and how. */
  readonly place: Pick<Target, 'workdir' | 'directories'>;
}

export interface PythonInputs {
  readonly install: InstallTarget;
  /** The base's real interpreter: absolute path and full version. */
  readonly interpreter: { readonly path: string; readonly version: string };
  /** All in the prefix, those of the base target's image too. Sorted by name. */
  readonly packages: readonly PlannedPackage[];
  /** Projects that are installed from source, the target's own first: name (normalized) → version where it is known. */
  readonly projects: Readonly<Record<string, string | null>>;
  /** What markers of the packages' own metadata are evaluated against. */
  readonly environment: MarkerEnvironment;
  /** What the base itself brings, where it is seen: name (normalized) → version. Absent: it is not. */
  readonly basePackages?: Readonly<Record<string, string>>;
  /** Where the packages were read from, for people: `uv.lock`. */
  readonly source?: string;
}

export interface PlannedPackage {
  /** Normalized. */
  readonly name: string;
  readonly version: string;
  /** Its size is known, since it decides about layers. */
  readonly wheel: WheelFile & { readonly sizeBytes: number };
  readonly requested: boolean;
  /** Names of other packages that it requires, as far as the lock says it; only for messages. */
  readonly requires: readonly string[];
  /** It stands in the image of the base target: no layer of this one has it. */
  readonly inBase?: true;
  /** Present where it is copied from a virtual environment: `wheel` then stands for its files, and can be fetched nowhere. */
  readonly copied?: CopiedPackage;
  /** For direct_url.json (PEP 610); absent for packages from an index. */
  readonly directUrl?: string;
  /** Where the lock says it. */
  readonly location: SourceLocation;
}

/** A package as it is installed on this machine, at its place in the image. */
export interface CopiedPackage {
  readonly entries: readonly Entry[];
  /** All but what is in its binaries. */
  readonly facts: Omit<InstalledFacts, 'binaries'>;
}

export interface AppInputs {
  readonly entries: readonly Entry[];
  /** Number and bytes of the user's files among them. */
  readonly files: number;
  readonly sizeBytes: number;
  readonly workdir: string;
}
