import { repositoryName } from '../cache/doors.ts';
import type { CachedLayer, KeptLayer } from '../cache/kept-layer.ts';
import { type CacheScope, storeLayer } from '../cache/stored.ts';
import type { LayerNode, Plan } from '../plan/plan.ts';
import type { BuildContext } from './context.ts';
import { cachedFacts } from './cached-facts.ts';

/**
 * Brings a layer that a remote cache has to where it is needed: into the store, or nowhere, when all outputs can have it
 * mounted by their registry. undefined when the cache cannot give it: then it is to be made.
 */
export async function takeLayer(
  node: LayerNode,
  layer: CachedLayer,
  plan: Plan,
  context: BuildContext,
): Promise<KeptLayer | undefined> {
  const taken = isMountedEverywhere(node, layer, plan)
    ? await context.cache?.isThere(node.key, layer)
    : await context.cache?.fetch(node.key, layer);
  if (taken !== true) return undefined;
  const { id, kind, title, key, recipe } = node;
  const { cache, digest, diffId, sizeBytes } = layer;
  context.emit({
    type: 'layer-found',
    node: id,
    kind,
    title,
    cache: repositoryName(cache),
    sizeBytes,
    key,
    digest,
    diffId,
  });
  if (!(await context.store.hasBlob(digest, sizeBytes))) return layer;
  const { cache: _, ...kept } = layer;
  const scope = cacheScope(node, plan);
  if (recipe.kind === 'package') await cachedFacts(key, scope, context);
  await storeLayer(context.store, key, scope, kept);
  return kept;
}

/** Whether every output that lacks the layer is a registry that the cache is in too. */
function isMountedEverywhere({ key }: LayerNode, { cache }: CachedLayer, { targets }: Plan): boolean {
  const users = targets.filter(({ platforms }) => platforms.some(({ layers }) => layers.includes(key)));
  const lacking = users.flatMap(({ outputs }) => outputs.filter(({ asked, state }) => !asked || state === 'stale'));
  return lacking.every(({ output }) => output.repository?.host === cache.host);
}

/** All caches that the images ask in which the layer stands. */
export function cacheScope({ key }: LayerNode, { bases, targets }: Plan): CacheScope {
  const users = [...bases, ...targets].filter(({ platforms }) => platforms.some(({ layers }) => layers.includes(key)));
  return users.flatMap(({ target }) => target.cacheFrom ?? []);
}
