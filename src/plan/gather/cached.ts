import pLimit from 'p-limit';
import { parseReference, type Reference } from '../../oci/reference.ts';
import type { RemoteCache } from '../../cache/cache.ts';
import type { DrawnLayer, Drawing } from '../draw.ts';
import { imageName } from '../draw.ts';
import type { Known } from '../judge.ts';

const atOnce = 8;

/** What is known, and what remote caches have of the rest: each layer is asked for once, however many images need it. */
export async function lookUpCached(drawing: Drawing, known: Known, cache: RemoteCache): Promise<Known> {
  const repositories = new Map<string, readonly Reference[]>();
  for (const target of [...drawing.inputs.bases, ...drawing.inputs.targets]) {
    const from = (target.target.cacheFrom ?? []).map(parseReference);
    for (const platform of target.platforms) repositories.set(imageName(target, platform), from);
  }
  const limit = pLimit(atOnce);
  const unknown = [...drawing.layers.values()].filter(({ key }) => !known.layers.has(key));
  const find = async ({ key, usedBy }: DrawnLayer): Promise<void> => {
    const layer = await cache.find(
      key,
      usedBy.flatMap((name) => repositories.get(name) ?? []),
    );
    if (layer !== undefined) layers.set(key, layer);
  };
  const layers = new Map(known.layers);
  await Promise.all(unknown.map((drawn) => limit(() => find(drawn))));
  return { ...known, layers };
}
