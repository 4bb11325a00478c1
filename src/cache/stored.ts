import type { LayerKey } from '../oci/digest.ts';
import type { Store } from '../store/store.ts';
import type { InstalledFacts } from '../python/install/installed.ts';
import type { LayerFacts } from './facts.ts';
import type { KeptLayer } from './kept-layer.ts';

/**
 * The remote caches (`HOST/REPOSITORY`) that the images ask in which a layer stands. A store is shared by projects that
 * trust different people: so what came from caches, or was made of what did, is kept apart from what was made here, and
 * given only to images that ask the same ones.
 */
export type CacheScope = readonly string[];

/** The layer as it came from these caches, if its blob is in the store. */
export async function storedLayer(store: Store, key: LayerKey, scope: CacheScope): Promise<KeptLayer | undefined> {
  const layer = scope.length === 0 ? undefined : await store.getResult<KeptLayer>('cached-layer', name(key, scope));
  return layer === undefined ? undefined : { ...layer, isForeign: true };
}

/** The blob is in the store. */
export async function storeLayer(store: Store, key: LayerKey, scope: CacheScope, layer: KeptLayer): Promise<void> {
  const { cache: _, isForeign: __, ...kept } = layer;
  await store.putResult('cached-layer', name(key, scope), kept, [layer.digest]);
}

/** What these caches said of the layer's packages; undefined when they were never asked. */
export async function storedFacts(store: Store, key: LayerKey, scope: CacheScope): Promise<LayerFacts | undefined> {
  const facts = await store.getResult<readonly (readonly [string, InstalledFacts])[]>('cached-facts', name(key, scope));
  return facts === undefined ? undefined : new Map(facts);
}

export async function storeFacts(store: Store, key: LayerKey, scope: CacheScope, facts: LayerFacts): Promise<void> {
  await store.putResult('cached-facts', name(key, scope), [...facts]);
}

function name(key: LayerKey, scope: CacheScope): string {
  return JSON.stringify([key, [...new Set(scope)].toSorted()]);
}
