import type { LayerKey } from '../oci/digest.ts';
import type { LayerFacts } from '../cache/facts.ts';
import type { InstalledFacts } from '../python/install/installed.ts';
import type { InstallTarget } from '../python/install/target.ts';
import type { PlannedPackage } from '../plan/inputs.ts';
import type { Recipe } from '../plan/plan.ts';
import type { BuildContext } from './context.ts';
import { factsKey } from './wheels.ts';

/** Puts into the store what a remote cache knows of these packages, if it has their layer; nothing else of what it says. */
export async function learnFromCache(
  layer: LayerKey,
  packages: readonly PlannedPackage[],
  install: InstallTarget,
  { cache, store }: BuildContext,
): Promise<void> {
  const facts: LayerFacts = (await cache?.facts(layer)) ?? new Map();
  for (const { wheel } of packages) {
    const key = factsKey(wheel.sha256, install);
    const known = facts.get(key);
    if (known !== undefined) await store.putResult('installed', key, known);
  }
}

/** What is kept with a layer for those who make the venv layer above it. */
export async function factsForCache(
  layer: LayerKey,
  recipe: Recipe,
  { cache, store }: BuildContext,
): Promise<LayerFacts> {
  if (recipe.kind !== 'package') return new Map();
  const found = new Map(await cache?.facts(layer));
  for (const { wheel } of recipe.packages) {
    const key = factsKey(wheel.sha256, recipe.python.install);
    const known = await store.getResult<InstalledFacts>('installed', key);
    if (known !== undefined) found.set(key, known);
  }
  return found;
}
