import pLimit from 'p-limit';
import { parseReference } from '../../oci/reference.ts';
import type { Store } from '../../store/store.ts';
import type { RemoteCache } from '../../cache/cache.ts';
import { storedLayer } from '../../cache/stored.ts';
import type { DrawnLayer, Drawing } from '../draw.ts';
import { imageName } from '../draw.ts';
import type { Known } from '../judge.ts';

const atOnce = 8;

interface Places {
  readonly store: Store;
  /** Absent where none is to be asked: then only what came from them before is taken. */
  readonly cache?: RemoteCache | undefined;
}

/**
 * What is known, and what remote caches have of the rest: each layer is asked for once, however many images need it.
 * @param withApp whether they are asked for layers of apps too
 */
export async function lookUpCached(
  drawing: Drawing,
  known: Known,
  { store, cache }: Places,
  withApp: boolean,
): Promise<Known> {
  const from = new Map<string, readonly string[]>();
  for (const target of [...drawing.inputs.bases, ...drawing.inputs.targets]) {
    for (const platform of target.platforms) from.set(imageName(target, platform), target.target.cacheFrom ?? []);
  }
  const layers = new Map(known.layers);
  const find = async ({ key, usedBy }: DrawnLayer): Promise<void> => {
    const scope = [...new Set(usedBy.flatMap((name) => from.get(name) ?? []))];
    const stored = await storedLayer(store, key, scope);
    const layer = stored ?? (await cache?.find(key, scope.map(parseReference)));
    if (layer !== undefined) layers.set(key, layer);
  };
  const limit = pLimit(atOnce);
  const unknown = [...drawing.layers.values()].filter(
    ({ key, recipe }) => !known.layers.has(key) && (withApp || recipe.kind !== 'app'),
  );
  await Promise.all(unknown.map((drawn) => limit(() => find(drawn))));
  return { ...known, layers };
}
