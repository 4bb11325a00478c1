import type { LayerKey } from '../oci/digest.ts';
import type { LayerFacts } from '../cache/facts.ts';
import { type CacheScope, storedFacts, storeFacts } from '../cache/stored.ts';
import type { InstalledFacts } from '../python/install/installed.ts';
import type { Recipe } from '../plan/plan.ts';
import type { BuildContext } from './context.ts';
import { factsKey } from './wheels.ts';

/** What remote caches say of the packages of a layer that came from there. Asked once, and kept. */
export async function cachedFacts(
  layer: LayerKey,
  scope: CacheScope,
  { cache, store }: BuildContext,
): Promise<LayerFacts> {
  const stored = await storedFacts(store, layer, scope);
  const facts = stored ?? (await cache?.facts(layer));
  if (stored === undefined && facts !== undefined) await storeFacts(store, layer, scope, facts);
  return facts ?? new Map();
}

/** What is to be kept with a layer for those who make the venv layer above it. */
export async function factsForCache(
  layer: LayerKey,
  recipe: Recipe,
  scope: CacheScope,
  context: BuildContext,
): Promise<LayerFacts> {
  if (recipe.kind !== 'package') return new Map();
  const cached = await cachedFacts(layer, scope, context);
  const found = new Map<string, InstalledFacts>();
  for (const { wheel } of recipe.packages) {
    const key = factsKey(wheel.sha256, recipe.python.install);
    const known = (await context.store.getResult<InstalledFacts>('installed', key)) ?? cached.get(key);
    if (known !== undefined) found.set(key, known);
  }
  return found;
}
