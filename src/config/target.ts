import type { SourceLocation } from '../errors.ts';
import type { Platform } from '../oci/platform.ts';
import type { Reference } from '../oci/reference.ts';

/** Where the image below comes from. Paths are absolute. */
export type BaseSpec =
  | { readonly kind: 'registry'; readonly reference: Reference }
  | { readonly kind: 'oci'; readonly path: string; readonly tag?: string }
  | { readonly kind: 'oci-archive'; readonly path: string; readonly tag?: string }
  | { readonly kind: 'docker-archive'; readonly path: string; readonly tag?: string }
  | { readonly kind: 'rootfs'; readonly path: string }
  | { readonly kind: 'engine'; readonly name: string }
  | { readonly kind: 'target'; readonly name: string }
  | { readonly kind: 'scratch' };

/** Settings of a registry host, from the manifest or from a settings file. */
export interface RegistrySettings {
  readonly insecure?: boolean;
  /** Absolute path of a PEM file. */
  readonly ca?: string;
  readonly mirrors?: readonly string[];
}

export interface DependencySettings {
  /** Lock file, absolute; absent: looked for. */
  readonly from?: string;
  readonly extras: readonly string[];
  readonly groups: readonly string[];
  readonly indexes: readonly IndexSettings[];
  /** Absolute folders or URLs. */
  readonly findLinks: readonly string[];
  /** Absolute. */
  readonly constraints: readonly string[];
  /** Absolute in the image. Default `/opt/venv`. */
  readonly prefix: string;
  readonly layout: 'venv' | 'flat';
  /** The base's own Python packages are seen, and not installed again. */
  readonly systemSitePackages: boolean;
  /** What it is that two packages write different bytes to one path. */
  readonly conflicts: 'warn' | 'error';
  /** What would be a warning about the packages is an error, conflicts among them. */
  readonly strict: boolean;
}

export interface IndexSettings {
  readonly name?: string;
  readonly url: string;
  readonly explicit?: boolean;
  /** Takes the place of pypi.org and is asked last. */
  readonly default?: boolean;
}

export interface FileRule {
  /** Relative to the context, or absolute in `from`. May be a glob. */
  readonly src: string;
  /** Absolute in the image, or relative to workdir; a trailing `/` means "into this folder". */
  readonly dest: string;
  readonly from?: BaseSpec;
  /** Permission bits. */
  readonly mode?: number;
  readonly owner?: Owner;
}

export interface DirectoryRule {
  readonly path: string;
  readonly owner?: Owner;
  readonly mode?: number;
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Who the container runs as. */
export type User = NumericUser | LookedUpUser;

/** A `name` is added to passwd and group when the base lacks it. */
export interface NumericUser {
  readonly name?: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * As in a Dockerfile's USER: a name, a name and group, or a uid alone. The base's passwd and group say the rest; a uid
 * that they do not know has group 0.
 */
export interface LookedUpUser {
  readonly lookup: { readonly user: string | number; readonly group?: string | number };
}

export interface LayeringSettings {
  /** `package`: largest packages in layers of their own; `single`: all in one. */
  readonly strategy: 'package' | 'single';
  /** How many package layers at most; absent: the default of the planner. */
  readonly budget?: number;
}

export interface Compression {
  readonly type: 'gzip' | 'zstd' | 'none';
  /** gzip 1–9, zstd 1–19; absent: the type's default. */
  readonly level?: number;
}

export type OutputType = 'oci' | 'oci-archive' | 'docker-archive' | 'registry' | 'engine';

export interface OutputSettings {
  readonly type: OutputType;
  /** Absolute path for folders and archives. */
  readonly dest?: string;
}

/** Docker's health check; durations in milliseconds. */
export interface HealthcheckSettings {
  /** `CMD` or `CMD-SHELL` and what follows; `NONE` switches the base's check off; empty: the base's test stays. */
  readonly test: readonly string[];
  readonly intervalMs?: number;
  readonly timeoutMs?: number;
  readonly startPeriodMs?: number;
  readonly startIntervalMs?: number;
  readonly retries?: number;
}

/** What a change below `path` does to a running container, in Compose's words. */
export interface WatchRule {
  /** Absolute. */
  readonly path: string;
  readonly action: 'sync' | 'sync+restart' | 'restart' | 'rebuild';
  /** Where the files go in the container; absolute there. */
  readonly target?: string;
  readonly ignore: readonly string[];
}

/** How `up` runs the image in an engine. */
export interface RunSettings {
  /** `[[ADDRESS:]HOST-PORT:]CONTAINER-PORT[/PROTOCOL]`. */
  readonly ports: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute. */
  readonly envFile: readonly string[];
  /** `SOURCE:TARGET[:OPTIONS]`; a source that is a path is absolute. */
  readonly volumes: readonly string[];
  readonly command?: readonly string[];
  readonly network?: string;
  readonly user?: User;
  /** Names of targets. */
  readonly dependsOn: readonly string[];
}

/** Of one image for one platform, as it is pushed: base and layers, compressed. */
export interface Limits {
  readonly sizeBytes?: number;
  /** Against the last build. */
  readonly growthBytes?: number;
  /** The same as a share of the last build's size. */
  readonly growthPercent?: number;
}

/**
 * One image as the manifest declares it, with defaults and `extends` applied and variables filled in.
 * What must be inferred (base, lock, start) is absent here; `plan` closes it.
 */
export interface Target {
  readonly name: string;
  /** Where it is declared. */
  readonly location: SourceLocation;
  /** Absolute. */
  readonly context: string;
  readonly base?: BaseSpec;
  /** As the user wrote it, for messages and annotations. */
  readonly baseText?: string;
  /** Empty: the host's. */
  readonly platforms: readonly Platform[];
  readonly tags: readonly string[];
  readonly dependencies: DependencySettings;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly files: readonly FileRule[];
  readonly directories: readonly DirectoryRule[];
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute in the image. Default `/app`. */
  readonly workdir: string;
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  readonly user?: User;
  /** `8000`, `8000/udp`. */
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly stopSignal?: string;
  readonly healthcheck?: HealthcheckSettings;
  readonly layering: LayeringSettings;
  readonly compression: Compression;
  readonly outputs: readonly OutputSettings[];
  readonly limits: Limits;
  /** Repositories. */
  readonly cacheFrom?: readonly string[];
  readonly cacheTo?: readonly string[];
  readonly watch?: readonly WatchRule[];
  /** Absent: the image is not run. */
  readonly run?: RunSettings;
  readonly sbom?: boolean;
  readonly provenance?: boolean;
  /** The place of a key (`['dependencies', 'extras', 0]`), or of its nearest parent that is written down. */
  readonly locate: (path: readonly (string | number)[]) => SourceLocation;
}

/** A whole manifest, resolved. */
export interface Config {
  /** Absolute path of the manifest; absent when there is none and everything is assumed. */
  readonly file?: string;
  /** Absolute; paths in the manifest are relative to it. */
  readonly root: string;
  /** In the order of the manifest. */
  readonly targets: ReadonlyMap<string, Target>;
  /** Names of targets; groups within groups are taken apart. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  /** By host; the settings files' hosts among them. */
  readonly registries: ReadonlyMap<string, RegistrySettings>;
}
