import type { Emit } from '../events.ts';
import type { Store } from '../store/store.ts';
import type { ImageSource } from '../base/sources.ts';
import type { Finder } from '../python/index/finder.ts';
import type { PlatformInputs } from '../plan/inputs.ts';

/** What layers are made with. */
export interface BuildContext {
  readonly store: Store;
  readonly emit: Emit;
  /** Finds the wheels of one image's packages. */
  readonly finderOf: (platform: PlatformInputs) => Finder | undefined;
  /** Has what bases in registries consist of. */
  readonly registry: ImageSource;
  readonly signal?: AbortSignal;
}
