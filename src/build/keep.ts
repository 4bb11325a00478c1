import type { LayerKey } from '../oci/digest.ts';
import { parseReference } from '../oci/reference.ts';
import type { Repository } from '../registry/rules.ts';
import type { LayerToKeep } from '../cache/keep.ts';
import type { KeptLayer } from '../cache/kept-layer.ts';
import type { Plan, TargetPlan } from '../plan/plan.ts';
import type { BuildContext } from './context.ts';
import { factsForCache } from './cached-facts.ts';
import { cacheScope } from './take.ts';

/** Keeps the layers of targets that say `cache-to` in its repositories, as far as these lack them. Fails no build. */
export async function keepInCaches(
  plan: Plan,
  made: ReadonlyMap<LayerKey, KeptLayer>,
  replaced: ReadonlySet<LayerKey>,
  context: BuildContext,
): Promise<void> {
  if (context.share === undefined) return;
  const layers = plan.layers.flatMap((node): readonly LayerToKeep[] => {
    const layer = made.get(node.key);
    const users = plan.targets.filter(({ platforms }) => platforms.some(({ layers }) => layers.includes(node.key)));
    const into = users.flatMap(({ target }) => target.cacheTo ?? []);
    if (layer === undefined || into.length === 0) return [];
    return [
      {
        key: node.key,
        layer,
        into: [...new Set(into)].map(parseReference),
        mountFrom: users.flatMap(repositoriesOf),
        facts: () => factsForCache(node.key, node.recipe, cacheScope(node, plan), context),
        replaces: replaced.has(node.key),
      },
    ];
  });
  if (layers.length > 0) await context.share(layers);
}

/** Of the same host, blobs need not be sent twice. */
function repositoriesOf({ outputs }: TargetPlan): readonly Repository[] {
  return outputs.flatMap(({ output }) => output.repository ?? []);
}
