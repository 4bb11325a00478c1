import type { Digest } from '../oci/digest.ts';
import type { KeptLayer } from '../cache/kept-layer.ts';
import type { Plan } from '../plan/plan.ts';
import type { Store } from '../store/store.ts';
import type { BuildResult } from './build.ts';

/**
 * App layers that builds of this process made. One a save would fill the disk in a day, so those that no image of the
 * next build has go from the store; where they were delivered to they stay.
 */
export class OwnAppLayers {
  #made: ReadonlySet<Digest> = new Set();

  /** To be called after a build that did not come to its end, which may have made some. */
  async note({ layers }: Plan, store: Store): Promise<void> {
    const made = layers
      .filter(({ kind, state }) => kind === 'app' && state === 'stale')
      .map(({ key }) => store.getResult<KeptLayer>('layer', key));
    const digests = (await Promise.all(made)).flatMap((layer) => layer?.digest ?? []);
    this.#made = this.#made.union(new Set(digests));
  }

  /** To be called after each build that follows another. */
  async keepOnly(plan: Plan, { targets }: BuildResult, store: Store): Promise<void> {
    const used = new Map(
      targets.flatMap(({ layers }) => [...layers].map(([key, { digest }]) => [key, digest] as const)),
    );
    const current = new Set(used.values());
    for (const digest of this.#made.difference(current)) await store.dropBlob(digest);
    const fresh = plan.layers.filter(({ kind, state }) => kind === 'app' && state === 'stale');
    this.#made = this.#made.intersection(current).union(new Set(fresh.flatMap(({ key }) => used.get(key) ?? [])));
  }
}
