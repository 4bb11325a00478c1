import pLimit from 'p-limit';
import { PycontainerError } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import type { Reference } from '../oci/reference.ts';
import type { RegistryClient } from '../registry/client.ts';
import type { BaseSources } from '../base/sources.ts';
import type { Document, TargetImage } from '../image/image.ts';
import { type Blob, blobsOf } from './contents.ts';
import type { DeliverOptions, Delivery, Output } from './output.ts';

/** Four at once fill a link; more only share it. */
const pushesAtOnce = 4;

type Repository = Pick<Reference, 'host' | 'repository'>;

/**
 * A repository of a registry. Blobs go first, those of the base mounted where the registry has them already, then
 * manifests by their digest, the index after them, and the tags last: a tag never points to something incomplete.
 * @param names all of one repository
 */
export function registryOutput(names: readonly Reference[], client: RegistryClient, sources: BaseSources): Output {
  const [first] = names;
  if (first === undefined) throw new PycontainerError('internal', 'A registry output without a name');
  const repository = { host: first.host, repository: first.repository };
  const tags = [...new Set(names.map(({ tag }) => tag ?? 'latest'))];
  return {
    name: `${first.host}/${first.repository}:${tags.join(',')}`,
    isRemote: true,
    lacks: async (image) => {
      const missing = await missingTags(repository, tags, image, client);
      return missing.length === 0 ? undefined : `the tag ${missing.join(', ')}`;
    },
    deliver: async (image, options = {}) => {
      const blobs = blobsOf(image, sources);
      if ((await missingTags(repository, tags, image, client)).length === 0)
        return { sentBytes: 0, sentBlobs: 0, skippedBlobs: blobs.length };
      const delivery = await push(repository, blobs, image, client, options);
      for (const tag of tags)
        await client.pushManifest(repository, tag, image.root.descriptor.mediaType, image.root.bytes);
      return delivery;
    },
  };
}

async function missingTags(
  repository: Repository,
  tags: readonly string[],
  { root }: TargetImage,
  client: RegistryClient,
): Promise<readonly string[]> {
  const found = await Promise.all(tags.map((tag) => digestOfTag({ ...repository, tag }, client)));
  return tags.filter((_, index) => found[index] !== root.descriptor.digest);
}

async function digestOfTag(reference: Reference, client: RegistryClient): Promise<Digest | undefined> {
  try {
    return await client.resolveDigest(reference);
  } catch (error) {
    if (error instanceof PycontainerError && error.code === 'registry-not-found') return undefined;
    throw error;
  }
}

async function push(
  repository: Repository,
  blobs: readonly Blob[],
  image: TargetImage,
  client: RegistryClient,
  options: DeliverOptions,
): Promise<Delivery> {
  const manifests = new Map<string, Document>(
    [...image.images.map(({ manifest }) => manifest), image.root].map((document) => [
      document.descriptor.digest,
      document,
    ]),
  );
  const mounts = mountSources(image, repository);
  const parts = blobs.filter(({ descriptor }) => !manifests.has(descriptor.digest));
  const totalBytes = parts.reduce((sum, { descriptor }) => sum + descriptor.size, 0);
  const delivery = { sentBytes: 0, sentBlobs: 0, skippedBlobs: 0 };
  let doneBytes = 0;
  const limit = pLimit(pushesAtOnce);
  const sent = await Promise.allSettled(
    parts
      .toSorted((a, b) => b.descriptor.size - a.descriptor.size)
      .map((blob) =>
        limit(async () => {
          options.signal?.throwIfAborted();
          const how = await client.pushBlob(repository, blob.descriptor, () => blob.open(), {
            mountFrom: mounts.get(blob.descriptor.digest) ?? [],
            signal: options.signal,
          });
          doneBytes += blob.descriptor.size;
          options.onProgress?.(doneBytes, totalBytes);
          if (how !== 'sent') delivery.skippedBlobs += 1;
          else {
            delivery.sentBlobs += 1;
            delivery.sentBytes += blob.descriptor.size;
          }
        }),
      ),
  );
  for (const result of sent) if (result.status === 'rejected') throw result.reason;
  for (const { descriptor, bytes } of manifests.values()) {
    await client.pushManifest(repository, descriptor.digest, descriptor.mediaType, bytes);
    delivery.sentBlobs += 1;
    delivery.sentBytes += bytes.length;
  }
  return delivery;
}

/** Repositories of the same registry that a blob can be mounted from, by digest. */
function mountSources(
  { images }: TargetImage,
  { host, repository }: Repository,
): ReadonlyMap<Digest, readonly string[]> {
  const sources = new Map<Digest, readonly string[]>();
  for (const { descriptor, origin } of images.flatMap(({ layers }) => layers)) {
    if (origin.kind === 'registry' && origin.host === host && origin.repository !== repository) {
      sources.set(descriptor.digest, [origin.repository]);
    }
  }
  return sources;
}
