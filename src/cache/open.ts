import type { Emit } from '../events.ts';
import type { RegistryClient } from '../registry/client.ts';
import type { Store } from '../store/store.ts';
import type { ImageSource } from '../base/sources.ts';
import { RemoteCache } from './cache.ts';
import { keepLayers, type LayerToKeep } from './keep.ts';

/** What is done with the remote caches of targets: `write` is all, `read` only takes layers. */
export type CacheUse = 'no' | 'read' | 'write';

/** The ways to remote caches, as far as they may be used. */
export interface Caches {
  readonly reading?: RemoteCache;
  readonly share?: (layers: readonly LayerToKeep[]) => Promise<void>;
  /** What outputs read from: blobs that were found in caches are checked on their way. */
  readonly source: ImageSource;
}

export interface CachesOptions {
  readonly client: RegistryClient;
  readonly store: Store;
  readonly emit: Emit;
  readonly signal?: AbortSignal;
}

/** @param anew all is to be made, so that nothing is asked for */
export function openCaches(options: CachesOptions, use: CacheUse, anew: boolean): Caches {
  const { client } = options;
  const reading = use === 'no' || anew ? undefined : new RemoteCache(options);
  const source = reading?.source() ?? client;
  return {
    source,
    ...(reading === undefined ? {} : { reading }),
    ...(use === 'write' ? { share: (layers) => keepLayers(layers, { ...options, source }) } : {}),
  };
}
