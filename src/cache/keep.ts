import { Readable } from 'node:stream';
import pLimit from 'p-limit';
import { PycontainerError } from '../errors.ts';
import type { Emit } from '../events.ts';
import { digestOf, type LayerKey } from '../oci/digest.ts';
import { mediaTypes } from '../oci/manifest.ts';
import type { RegistryClient } from '../registry/client.ts';
import type { Repository } from '../registry/rules.ts';
import type { Store } from '../store/store.ts';
import type { ImageSource } from '../base/sources.ts';
import { artifactManifest, factsType, tagOf } from './artifact.ts';
import { Doors, repositoryName } from './doors.ts';
import { factsBytes, type LayerFacts } from './facts.ts';
import type { KeptLayer } from './kept-layer.ts';

/** A layer, and where it is to stand. */
export interface LayerToKeep {
  readonly key: LayerKey;
  readonly layer: KeptLayer;
  readonly into: readonly Repository[];
  /** Repositories that may have its blob already, because images were delivered there. */
  readonly mountFrom: readonly Repository[];
  readonly facts: () => Promise<LayerFacts>;
  /** Takes the place of what is there under its key. */
  readonly replaces: boolean;
}

export interface KeepOptions {
  readonly client: RegistryClient;
  /** Reads blobs that are not in the store. */
  readonly source: Pick<ImageSource, 'blob'>;
  readonly store: Store;
  readonly emit: Emit;
  readonly signal?: AbortSignal | undefined;
}

/** As many as outputs push at once. */
const atOnce = 4;

/**
 * Puts layers into repositories, each under a tag that is made of its key. Idempotent, and safe beside others who do the
 * same. A repository that takes nothing is told in one warning; that alone never fails.
 */
export async function keepLayers(layers: readonly LayerToKeep[], options: KeepOptions): Promise<void> {
  const doors = new Doors(options.emit, {
    code: 'cache-unwritable',
    message: 'takes no layers',
    hint: 'The images are not touched by that.',
  });
  const names = new Map(layers.flatMap(({ into }) => into.map((cache) => [repositoryName(cache), cache] as const)));
  const limit = pLimit(atOnce);
  await Promise.all(
    [...names].map(async ([name, cache]) => {
      const own = layers.filter(({ into }) => into.some((one) => repositoryName(one) === name));
      const writing = new Writing(cache, own, options);
      writing.begin();
      try {
        await Promise.all(own.map((one) => limit(() => doors.through(cache, () => writing.keep(one)))));
      } finally {
        writing.end();
      }
    }),
  );
}

/** What is on its way into one repository. */
class Writing {
  readonly #cache: Repository;
  readonly #options: KeepOptions;
  readonly #totalBytes: number;
  readonly #node: { readonly node: string; readonly kind: 'output'; readonly title: string };
  readonly #startedMs = performance.now();
  #doneBytes = 0;
  #sentLayers = 0;
  #sentBytes = 0;
  #presentLayers = 0;

  constructor(cache: Repository, layers: readonly LayerToKeep[], options: KeepOptions) {
    this.#cache = cache;
    this.#options = options;
    this.#totalBytes = layers.reduce((sum, { layer }) => sum + layer.sizeBytes, 0);
    const name = repositoryName(cache);
    this.#node = { node: `cache:${name}`, kind: 'output', title: `cache → ${name}` };
  }

  begin(): void {
    this.#options.emit({ type: 'node-started', ...this.#node, reasons: [] });
  }

  end(): void {
    const { emit } = this.#options;
    emit({ type: 'node-finished', ...this.#node, durationMs: performance.now() - this.#startedMs });
    const [sentLayers, sentBytes, presentLayers] = [this.#sentLayers, this.#sentBytes, this.#presentLayers];
    if (sentLayers + presentLayers === 0) return;
    emit({ type: 'layers-kept', cache: repositoryName(this.#cache), sentLayers, sentBytes, presentLayers });
  }

  async keep(work: LayerToKeep): Promise<void> {
    const { emit, signal } = this.#options;
    if (signal?.aborted === true) throw new PycontainerError('interrupted', 'Stopped while keeping layers');
    const { layer } = work;
    if (!work.replaces && (await this.#has(work))) this.#presentLayers += 1;
    else {
      await this.#send(work);
      this.#sentLayers += 1;
      this.#sentBytes += layer.sizeBytes;
    }
    this.#doneBytes += layer.sizeBytes;
    emit({ type: 'node-progress', node: this.#node.node, doneBytes: this.#doneBytes, totalBytes: this.#totalBytes });
  }

  /** Some registries do not say it of a repository that is to come: whether one may write is seen by writing. */
  async #has({ key, layer }: LayerToKeep): Promise<boolean> {
    if (layer.cache !== undefined && repositoryName(layer.cache) === repositoryName(this.#cache)) return true;
    try {
      return await this.#options.client.hasManifest(this.#cache, tagOf(key));
    } catch (error) {
      const isRefusal = error instanceof PycontainerError && /^registry-(?:unauthorized|denied)$/.test(error.code);
      if (!isRefusal) throw error;
      return false;
    }
  }

  async #send({ key, layer, mountFrom, facts }: LayerToKeep): Promise<void> {
    const { client, source, store, signal } = this.#options;
    const blob = { mediaType: layer.mediaType, digest: layer.digest, size: layer.sizeBytes };
    const others = [...mountFrom, ...(layer.cache === undefined ? [] : [layer.cache])];
    const near = others.filter(({ host }) => host === this.#cache.host).map(({ repository }) => repository);
    const open = async (): Promise<Readable> =>
      layer.cache === undefined ? store.streamBlob(layer.digest) : source.blob(layer.cache, blob);
    await client.pushBlob(this.#cache, blob, open, { mountFrom: near, signal });
    const bytes = factsBytes(await facts());
    const told = { mediaType: factsType, digest: digestOf(bytes), size: bytes.length };
    await client.pushBlob(this.#cache, told, () => Readable.from([bytes], { objectMode: false }), { signal });
    const manifest = artifactManifest(key, { layer, facts: told });
    await client.pushManifest(this.#cache, tagOf(key), mediaTypes.manifest, manifest);
  }
}
