import { repositoryName } from '../cache/doors.ts';
import type { CachedLayer, KeptLayer } from '../cache/kept-layer.ts';
import type { LayerNode, Plan } from '../plan/plan.ts';
import type { BuildContext } from './context.ts';
import { learnFromCache } from './cached-facts.ts';

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
  if (recipe.kind === 'package') await learnFromCache(key, recipe.packages, recipe.python.install, context);
  await context.store.putResult('layer', key, kept, [digest]);
  return kept;
}

/** Whether every output that lacks the layer is a registry that the cache is in too. */
function isMountedEverywhere({ key }: LayerNode, { cache }: CachedLayer, { targets }: Plan): boolean {
  const users = targets.filter(({ platforms }) => platforms.some(({ layers }) => layers.includes(key)));
  const lacking = users.flatMap(({ outputs }) => outputs.filter(({ asked, state }) => !asked || state === 'stale'));
  return lacking.every(({ output }) => output.repository?.host === cache.host);
}
