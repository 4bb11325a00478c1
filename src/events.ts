import type { DiffId, Digest, LayerKey } from './oci/digest.ts';
import type { ErrorCode, PycontainerError, SourceLocation } from './errors.ts';

/** Why a node of the plan is stale. */
export type Reason =
  | { readonly kind: 'never-built' }
  /** Every layer is to be made anew, whatever is there. */
  | { readonly kind: 'asked' }
  | { readonly kind: 'file'; readonly change: 'added' | 'changed' | 'removed'; readonly path: string }
  | {
      readonly kind: 'package';
      readonly name: string;
      /** Absent when the package is new. */
      readonly from?: string;
      /** Absent when the package is gone. */
      readonly to?: string;
      readonly location?: SourceLocation;
      readonly sizeBytes?: number;
    }
  /** The same wheels as in the last build, in other layers: names that came into this one and that went out of it. */
  | { readonly kind: 'divided'; readonly joined: readonly string[]; readonly left: readonly string[] }
  | { readonly kind: 'base'; readonly from: Digest; readonly to: Digest }
  | { readonly kind: 'setting'; readonly key: string; readonly from: string; readonly to: string }
  | { readonly kind: 'evicted'; readonly digest: Digest }
  | { readonly kind: 'format'; readonly from: string; readonly to: string }
  /** A remote cache had it, and it turned out unusable. */
  | { readonly kind: 'cache-lost'; readonly cache: string; readonly digest: Digest }
  /** A node below is stale, so this one is. */
  | { readonly kind: 'below'; readonly node: string }
  /** An output does not have what the image consists of. */
  | { readonly kind: 'not-delivered'; readonly what: string };

export type NodeKind = 'base' | 'package' | 'venv' | 'app' | 'image' | 'output';

/** One thing that happened. The only way the core speaks; `schemas/events.schema.json` describes it. */
export type Event =
  | Planned
  | { readonly type: 'assumed'; readonly target?: string; readonly what: string }
  | { readonly type: 'resolved'; readonly what: string; readonly to: string }
  | NodeStarted
  /** At most a few a second for one node. `totalBytes` is absent when not known. */
  | { readonly type: 'node-progress'; readonly node: string; readonly doneBytes: number; readonly totalBytes?: number }
  | NodeFinished
  | LayerFound
  | LayersKept
  | { readonly type: 'node-failed'; readonly node: string; readonly error: PycontainerError }
  | DownloadProgress
  | Delivered
  | { readonly type: 'store-damage'; readonly digest: Digest; readonly what: 'missing' | 'damaged' }
  | WarningEvent
  | ContainerEvent
  | LogLine
  | Done
  /** Waits for changes. Told again when the number of files is another one. */
  | { readonly type: 'watching'; readonly targets: readonly string[]; readonly files: number }
  | Changed
  /** A round is over: the time is that from its first change to the last image that was delivered. */
  | { readonly type: 'rebuilt'; readonly targets: readonly string[]; readonly durationMs: number }
  /** A round failed. The watch goes on; images are as the last good round left them. */
  | { readonly type: 'failed'; readonly error: PycontainerError }
  /** The first good round after one that failed. */
  | { readonly type: 'mended' };

/** What a change touches, the furthest reaching first. */
export type ChangeKind = 'manifest' | 'base' | 'dependencies' | 'app';

/** A round of a watch begins, because of this. */
export interface Changed {
  readonly type: 'changed';
  readonly what: ChangeKind;
  /** Relative to the manifest's folder, sorted, one to ten. */
  readonly paths: readonly string[];
  /** How many more there are. */
  readonly more: number;
}

/** What is to be done. */
export interface Planned {
  readonly type: 'planned';
  /** Layers that are there, and that are to be made; each counts once, however many images it stands in. */
  readonly fresh: number;
  readonly stale: number;
  readonly durationMs: number;
  /** Nothing had to be worked out: so many files, folders and links are as they were the last time. */
  readonly unchanged?: number;
  /** In the order of the plan. */
  readonly images: readonly PlannedImage[];
}

/** What one target's image for one platform consists of. */
export interface PlannedImage {
  readonly target: string;
  readonly platform: string;
  /** Base first, outputs last. Images share nodes that are the same for them; outputs are those of all platforms. */
  readonly nodes: readonly PlannedNode[];
}

export interface PlannedNode {
  readonly node: string;
  readonly kind: NodeKind;
  readonly title: string;
  readonly state: 'fresh' | 'stale';
  /** How many packages are in it; only for package layers. */
  readonly packages?: number;
}

/** All is over. Bytes are sums over all deliveries. */
export interface Done {
  readonly type: 'done';
  readonly durationMs: number;
  readonly built: number;
  readonly fresh: number;
  readonly sentBytes: number;
  readonly savedBytes: number;
}

export interface NodeStarted {
  readonly type: 'node-started';
  readonly node: string;
  readonly kind: NodeKind;
  readonly title: string;
  readonly reasons: readonly Reason[];
}

export interface NodeFinished {
  readonly type: 'node-finished';
  readonly node: string;
  readonly kind: NodeKind;
  readonly title: string;
  readonly durationMs: number;
  readonly sizeBytes?: number;
  readonly key?: LayerKey;
  readonly digest?: Digest;
  readonly diffId?: DiffId;
}

/** A layer that need not be made, since a remote cache has it. */
export interface LayerFound {
  readonly type: 'layer-found';
  readonly node: string;
  readonly kind: NodeKind;
  readonly title: string;
  /** `HOST/REPOSITORY`. */
  readonly cache: string;
  readonly sizeBytes: number;
  readonly key: LayerKey;
  readonly digest: Digest;
  readonly diffId: DiffId;
}

/** Layers stand in a remote cache, for other builders. */
export interface LayersKept {
  readonly type: 'layers-kept';
  /** `HOST/REPOSITORY`. */
  readonly cache: string;
  readonly sentLayers: number;
  readonly sentBytes: number;
  /** Were there already. */
  readonly presentLayers: number;
}

/** A file or blob on its way in. One `done` event with `finished` ends the series. */
export interface DownloadProgress {
  readonly type: 'download';
  readonly what: string;
  readonly doneBytes: number;
  readonly totalBytes?: number;
  readonly finished?: boolean;
}

/** An image stands complete in one output. */
export interface Delivered {
  readonly type: 'delivered';
  readonly target: string;
  readonly output: string;
  readonly digest: Digest;
  readonly tags: readonly string[];
  readonly sentBytes: number;
  readonly sentBlobs: number;
  /** Blobs that were there already or were mounted there. */
  readonly skippedBlobs: number;
  /** What of the image did not have to be moved. */
  readonly savedBytes: number;
  /** To an engine that lacked something. */
  readonly way?: DeliveryWay;
}

/**
 * How an image reached an engine: the engine fetched what it lacked from a registry of ours, or was given an archive,
 * of the layers that it lacked or of all.
 */
export type DeliveryWay = 'pull' | 'missing-layers' | 'whole';

/** What became of a container that runs a target. */
export interface ContainerEvent {
  readonly type: 'container';
  readonly target: string;
  /** The container's. */
  readonly name: string;
  readonly state: ContainerState;
  /** Of one that exited. */
  readonly exitCode?: number;
  /** Of its first published port. */
  readonly url?: string;
  /** How many were put in or taken out. */
  readonly files?: number;
  readonly durationMs?: number;
}

export type ContainerState =
  /** It ran already as it should. */
  | 'unchanged'
  | 'started'
  | 'synced'
  | 'restarted'
  | 'replaced'
  | 'healthy'
  | 'unhealthy'
  | 'exited'
  | 'stopped'
  | 'removed';

/** What the app in a container wrote. */
export interface LogLine {
  readonly type: 'log';
  readonly target: string;
  readonly stream: 'stdout' | 'stderr';
  /** Without its end. */
  readonly text: string;
}

export interface WarningEvent {
  readonly type: 'warning';
  /** A permanent name that scripts can match on, in the style of {@link ErrorCode}. */
  readonly code: ErrorCode | WarningCode;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly location?: SourceLocation | undefined;
}

/** Warnings that are never errors, with a heading of a few words. Names are permanent. A source of docs/errors.md. */
export const warningKinds = {
  'base-facts': 'What the base says of its Python is unclear',
  'cmd-arguments': 'cmd is what the base’s entrypoint gets as arguments',
  'files-left-out': 'Ignore rules left out files that Python could import',
  'link-dangling': 'A link leads out of the context',
  'credential-helper-missing': 'A credential helper is not installed',
  'credential-helper-failed': 'A credential helper failed',
  'login-unchecked': 'A registry does not say whether a login is right',
  'login-elsewhere': 'A second place has a login for the host',
  'wheel-linux-tag': 'A wheel does not say which systems it runs on',
  'wheel-yanked': 'A locked file was withdrawn from its index',
  'wheel-record': "A wheel's RECORD does not match its files",
  'wheel-metadata': 'A wheel is not quite as it should be',
  'encoder-differs': 'Compressed layers may differ from those of other machines',
  'cache-unreadable': 'A remote cache cannot be asked for layers',
  'cache-unwritable': 'Layers cannot be kept in a remote cache',
  'lock-choice': 'A choice that the lock leaves open was made',
  'not-carried-over': 'Something of another tool’s file has no counterpart',
  'not-run': 'Something is not run',
  'watch-polls': 'The system does not tell of changes',
} as const;

export type WarningCode = keyof typeof warningKinds;

export function isWarningCode(code: string): code is WarningCode {
  return Object.hasOwn(warningKinds, code);
}

export type Emit = (event: Event) => void;
