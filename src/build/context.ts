import type { Emit } from '../events.ts';
import type { Store } from '../store/store.ts';
import type { ImageSource } from '../base/sources.ts';
import type { LiveLayer } from '../layer/live.ts';
import type { RemoteCache } from '../cache/cache.ts';
import type { LayerToKeep } from '../cache/keep.ts';
import type { Finder } from '../python/index/finder.ts';
import type { TargetImage } from '../image/image.ts';
import type { PlatformInputs } from '../plan/inputs.ts';
import type { TargetPlan } from '../plan/plan.ts';

/**
 * Leave to be noticed, of a build that may have begun too early: it makes layers at once, but waits for its turn to
 * stand before it delivers.
 */
export interface Turn {
  /** Resolves when the build may deliver; rejects when it is void, or has to end before. */
  readonly stands: Promise<void>;
  /** Fires when the build has to end. */
  readonly signal: AbortSignal;
}

/** A target whose image is made, though it may not stand in its outputs yet. */
export interface MadeTarget {
  readonly plan: TargetPlan;
  readonly image: TargetImage;
}

/** What layers are made with. */
export interface BuildContext {
  /** The manifest's folder: what was built is written down for it. */
  readonly root: string;
  readonly store: Store;
  readonly emit: Emit;
  /** Finds the wheels of one image's packages. */
  readonly finderOf: (platform: PlatformInputs) => Finder | undefined;
  /** Has what bases in registries consist of. */
  readonly registry: ImageSource;
  /** Asked for layers before they are made; absent where it must not be. */
  readonly cache?: RemoteCache;
  /** Keeps made layers for others; absent where no network is to be used. */
  readonly share?: (layers: readonly LayerToKeep[]) => Promise<void>;
  /** What holds a layer's pieces from build to build, by what names them; absent where this is the only build. */
  readonly liveOf?: (pieces: string) => LiveLayer;
  /** Told of the images when all layers are there, while they are delivered; the build waits for it, and fails with it. */
  readonly onMade?: (targets: readonly MadeTarget[]) => Promise<void>;
  /** Absent where the build stands from the beginning. */
  readonly turn?: Turn;
  readonly signal?: AbortSignal;
}
