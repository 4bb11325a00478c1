import { type ErrorCode, PycontainerError } from '../errors.ts';
import type { Emit } from '../events.ts';
import type { Digest, LayerKey } from '../oci/digest.ts';
import type { RegistryClient } from '../registry/client.ts';
import type { Repository } from '../registry/rules.ts';
import type { Store } from '../store/store.ts';
import type { ImageSource } from '../base/sources.ts';
import { type Artifact, readArtifact, tagOf } from './artifact.ts';
import { Doors, isOthersFault, repositoryName } from './doors.ts';
import { type LayerFacts, maxFactsBytes, readFacts } from './facts.ts';
import { fetchLayer } from './fetch.ts';
import type { CachedLayer } from './kept-layer.ts';

export interface CacheOptions {
  readonly client: RegistryClient;
  readonly store: Store;
  readonly emit: Emit;
}

/** Failures that the next request to the same host would meet too. */
const ofHost: ReadonlySet<ErrorCode> = new Set([
  'network',
  'tls',
  'registry-unauthorized',
  'registry-denied',
  'registry-rate-limit',
]);

/**
 * Reads layers by their keys from repositories. Nothing here fails a build: what is down, forbidden, foreign or damaged
 * is told in a warning, and counts as not there.
 */
export class RemoteCache {
  /** Keys under which repositories have something that cannot be used, and that is to be replaced where that may be. */
  readonly wrong: Set<LayerKey> = new Set();
  readonly #options: CacheOptions;
  readonly #doors: Doors;
  /** What was found, by repository and key. */
  readonly #answers = new Map<string, Promise<Artifact | undefined>>();
  readonly #found = new Map<LayerKey, Artifact & { readonly layer: CachedLayer }>();

  constructor(options: CacheOptions) {
    this.#options = options;
    this.#doors = new Doors(options.emit, {
      code: 'cache-unreadable',
      message: 'gives no layers',
      hint: 'What it may have is made here.',
    });
  }

  /** The layer from the first of the repositories that has it. Each is asked once for each key. */
  async find(key: LayerKey, repositories: readonly Repository[]): Promise<CachedLayer | undefined> {
    for (const cache of repositories) {
      const name = `${repositoryName(cache)} ${key}`;
      const answer = this.#answers.get(name) ?? this.#doors.through(cache, () => this.#ask(key, cache));
      this.#answers.set(name, answer);
      const artifact = await answer;
      if (artifact === undefined) continue;
      const layer: CachedLayer = { ...artifact.layer, cache, isForeign: true };
      this.#found.set(key, { ...artifact, layer });
      return layer;
    }
    return undefined;
  }

  /**
   * Brings the layer's blob into the store: its digest, size and DiffId are checked as it passes. False when it cannot be
   * had, or is not what the repository says it is.
   */
  async fetch(key: LayerKey, layer: CachedLayer): Promise<boolean> {
    return this.#used(key, layer, async () => {
      await fetchLayer(layer, this.#options);
      return true;
    });
  }

  /** Whether the blob is where the layer was found, so that it can be mounted from there. */
  async isThere(key: LayerKey, layer: CachedLayer): Promise<boolean> {
    return this.#used(key, layer, async () => {
      if (await this.#options.client.hasBlob(layer.cache, layer.digest)) return true;
      throw new PycontainerError('registry-not-found', `${layer.digest} is gone`);
    });
  }

  /** What is said of the packages of a layer that was found; undefined for one that was not, or where nothing is said. */
  async facts(key: LayerKey): Promise<LayerFacts | undefined> {
    const found = this.#found.get(key);
    if (found === undefined || found.facts.size > maxFactsBytes) return undefined;
    const { layer, facts } = found;
    const read = async (): Promise<LayerFacts> => {
      const blob = await this.#options.client.blob(layer.cache, facts);
      return readFacts(Buffer.concat(await Array.fromAsync(blob as AsyncIterable<Buffer>)));
    };
    return this.#doors.through(layer.cache, () => this.#orTold(key, layer, read));
  }

  /** A registry as outputs read from it: a blob that was found in a cache passes through the store, so that all of it is checked. */
  source(): ImageSource {
    const { client, store } = this.#options;
    return {
      resolveDigest: (reference) => client.resolveDigest(reference),
      manifest: (repository, digest) => client.manifest(repository, digest),
      blob: async (repository, descriptor) => {
        const layer = this.#layerOf(descriptor.digest);
        if (layer === undefined) return client.blob(repository, descriptor);
        await fetchLayer(layer, this.#options);
        return store.streamBlob(descriptor.digest);
      },
    };
  }

  async #ask(key: LayerKey, cache: Repository): Promise<Artifact | undefined> {
    const { client } = this.#options;
    const tag = tagOf(key);
    if (!(await client.hasManifest(cache, tag))) return undefined;
    const { bytes } = await client.resolve({ ...cache, tag });
    try {
      return readArtifact(key, bytes);
    } catch (error) {
      if (!isOthersFault(error)) throw error;
      this.#tell(key, cache, error);
      this.wrong.add(key);
      return undefined;
    }
  }

  async #used(key: LayerKey, layer: CachedLayer, use: () => Promise<true>): Promise<boolean> {
    const used = await this.#doors.through(layer.cache, () => this.#orTold(key, layer, use));
    if (used === true) return true;
    this.wrong.add(key);
    this.#found.delete(key);
    this.#answers.set(`${repositoryName(layer.cache)} ${key}`, Promise.resolve(undefined));
    return false;
  }

  /** Tells what is wrong with this one layer. What is wrong with its host is the door's to tell. */
  async #orTold<T>(key: LayerKey, { cache }: CachedLayer, use: () => Promise<T>): Promise<T | undefined> {
    try {
      return await use();
    } catch (error) {
      if (!isOthersFault(error) || ofHost.has(error.code)) throw error;
      this.#tell(key, cache, error);
      return undefined;
    }
  }

  #tell(key: LayerKey, cache: Repository, { message, hint }: PycontainerError): void {
    this.#options.emit({
      type: 'warning',
      code: 'cache-unreadable',
      message: `${repositoryName(cache)}:${tagOf(key)} cannot be used: ${message}`,
      hint: hint ?? 'The layer is made here.',
    });
  }

  #layerOf(digest: Digest): CachedLayer | undefined {
    for (const { layer } of this.#found.values()) if (layer.digest === digest) return layer;
    return undefined;
  }
}
