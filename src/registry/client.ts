import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { digestOf, type Digest } from '../oci/digest.ts';
import type { Descriptor } from '../oci/manifest.ts';
import type { Reference } from '../oci/reference.ts';
import type { Http } from '../http.ts';
import { RegistryApi, scopeOf, type ApiOptions } from './api.ts';
import type { CredentialSource } from './credential.ts';
import type { ManifestBytes } from './manifest.ts';
import { blobFromOutside } from './outside.ts';
import { pullBlob, pullDigest, pullManifest } from './pull.ts';
import { hasObject, pushBlob, pushManifest, type PushBlobOptions, type PushedBlob } from './push.ts';
import type { RegistryRules, Repository } from './rules.ts';
import type { BlobSource } from './source-bytes.ts';

export interface RegistryClientOptions {
  /** Made with `hosts: trustOf(settings)`, which says what TLS trusts. */
  readonly http: Http;
  /** `registries` of the manifest, with Podman's rules where wanted: see `withPodmanRules`. */
  readonly settings: RegistryRules;
  readonly credentials: CredentialSource;
  readonly now?: () => number;
  readonly sleep?: ApiOptions['sleep'];
  /** How long a registry may take to move a blob that was sent to its place. Default: ten minutes. */
  readonly commitTimeoutMs?: number;
}

/** Reads from and writes to registries. Everything that is read is verified; mirrors are read from, never written to. */
export class RegistryClient {
  readonly #api: RegistryApi;
  readonly #manifests = new Map<string, Promise<ManifestBytes>>();
  /** The end, well or not, of the last push of a blob to a repository. */
  readonly #pushes = new Map<string, Promise<unknown>>();

  constructor({ http, settings, credentials, now, sleep, commitTimeoutMs }: RegistryClientOptions) {
    this.#api = new RegistryApi({
      http,
      rules: settings,
      credentials,
      commitTimeoutMs: commitTimeoutMs ?? 10 * 60_000,
      now: now ?? (() => performance.now()),
      sleep:
        sleep ?? (async (durationMs, signal) => delay(durationMs, undefined, signal === undefined ? {} : { signal })),
    });
  }

  /** The manifest or index that a reference names: by its digest if it has one, else by its tag, else `latest`. */
  async resolve(reference: Reference): Promise<{ descriptor: Descriptor; bytes: Buffer }> {
    const { mediaType, bytes } = await this.#manifest(reference, reference.digest ?? reference.tag ?? 'latest');
    return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes };
  }

  /** What the reference's tag stands for now. Asks only for the head, which does not count as a pull. */
  async resolveDigest(reference: Reference): Promise<Digest> {
    if (reference.digest !== undefined) return reference.digest;
    const digest = await pullDigest(this.#api, reference, reference.tag ?? 'latest');
    return digest ?? (await this.resolve(reference)).descriptor.digest;
  }

  async manifest(repository: Repository, digest: Digest): Promise<ManifestBytes> {
    return this.#manifest(repository, digest);
  }

  /**
   * The blob's bytes; the stream fails before its end is given out when size or digest are wrong.
   * @param repository undefined: only the addresses in the descriptor are asked
   */
  async blob(repository: Repository | undefined, descriptor: Descriptor): Promise<Readable> {
    return repository === undefined
      ? blobFromOutside(this.#api, descriptor)
      : pullBlob(this.#api, repository, descriptor);
  }

  async hasBlob(repository: Repository, digest: Digest): Promise<boolean> {
    return this.#has(repository, `/blobs/${digest}`);
  }

  async hasManifest(repository: Repository, tagOrDigest: string): Promise<boolean> {
    return this.#has(repository, `/manifests/${tagOrDigest}`);
  }

  /**
   * See {@link pushBlob}. The source is asked again for each try. A blob is pushed to a repository once at a time: of two
   * uploads of the same one at once, `distribution` may break the link to it, or refuse what was sent.
   */
  async pushBlob(
    repository: Repository,
    descriptor: Descriptor,
    source: BlobSource,
    options: PushBlobOptions = {},
  ): Promise<PushedBlob> {
    const name = `${repository.host}/${repository.repository} ${descriptor.digest}`;
    const push = async (): Promise<PushedBlob> => pushBlob(this.#api, repository, descriptor, source, options);
    const pushed = this.#pushes.get(name)?.then(push) ?? push();
    const ended = pushed.catch(() => undefined);
    this.#pushes.set(name, ended);
    try {
      return await pushed;
    } finally {
      if (this.#pushes.get(name) === ended) this.#pushes.delete(name);
    }
  }

  /** See {@link pushManifest}. */
  async pushManifest(repository: Repository, tagOrDigest: string, mediaType: string, bytes: Uint8Array): Promise<void> {
    return pushManifest(this.#api, repository, tagOrDigest, mediaType, bytes);
  }

  async #has({ host, repository }: Repository, at: string): Promise<boolean> {
    return hasObject(this.#api, { host, repository }, at, [scopeOf(repository)]);
  }

  /** Those who ask for the same at the same time share one request. */
  async #manifest({ host, repository }: Repository, tagOrDigest: string): Promise<ManifestBytes> {
    const key = `${host}/${repository} ${tagOrDigest}`;
    const running = this.#manifests.get(key);
    if (running !== undefined) return running;
    const started = pullManifest(this.#api, { host, repository }, tagOrDigest);
    this.#manifests.set(key, started);
    try {
      return await started;
    } finally {
      this.#manifests.delete(key);
    }
  }
}
