import pLimit from 'p-limit';
import { PycontainerError } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import type { Descriptor } from '../oci/manifest.ts';
import type { Reference } from '../oci/reference.ts';
import type { RegistryClient } from '../registry/client.ts';
import type { BaseSources } from '../base/sources.ts';
import type { TargetImage } from '../image/image.ts';
import { type Blob, blobsOf } from './contents.ts';
import { asInterrupted } from './failure.ts';
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
  const name = `${first.host}/${first.repository}:${tags.join(',')}`;
  return {
    name,
    isRemote: true,
    repository,
    place: `${first.host}/${first.repository}`,
    lacks: async (image) => {
      const missing = await missingTags(repository, tags, image, client);
      return missing.length === 0 ? undefined : `the tag ${missing.join(', ')}`;
    },
    deliver: async (image, options = {}) => {
      const blobs = blobsOf(image, sources);
      const missing = await missingTags(repository, tags, image, client);
      if (missing.length === 0) return { sentBytes: 0, sentBlobs: 0, skippedBlobs: blobs.length };
      try {
        return await push(repository, missing, { blobs, image, client, options });
      } catch (error) {
        throw asInterrupted(error, name);
      }
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

interface Push {
  readonly blobs: readonly Blob[];
  readonly image: TargetImage;
  readonly client: RegistryClient;
  readonly options: DeliverOptions;
}

async function push(repository: Repository, tags: readonly string[], work: Push): Promise<Delivery> {
  const { image, client, options } = work;
  const manifests = new Map(
    [...image.images.map(({ manifest }) => manifest), image.root].map((document) => [
      document.descriptor.digest,
      document,
    ]),
  );
  const parts = work.blobs.filter(({ descriptor }) => !manifests.has(descriptor.digest));
  const sent = await pushParts(repository, parts, work);
  for (const { descriptor, bytes } of manifests.values()) {
    options.signal?.throwIfAborted();
    await client.pushManifest(repository, descriptor.digest, descriptor.mediaType, bytes);
  }
  for (const tag of tags) {
    options.signal?.throwIfAborted();
    await client.pushManifest(repository, tag, image.root.descriptor.mediaType, image.root.bytes);
  }
  const documents = [...manifests.values()];
  return {
    sentBytes: bytesOf([...sent, ...documents]),
    sentBlobs: sent.length + documents.length,
    skippedBlobs: parts.length - sent.length,
  };
}

/** The largest first. After a failure none begins, and those on their way may end. Answers with those that had to be sent. */
async function pushParts(
  repository: Repository,
  parts: readonly Blob[],
  { image, client, options }: Push,
): Promise<readonly Blob[]> {
  const mounts = mountSources(image, repository);
  const totalBytes = bytesOf(parts);
  const sent: Blob[] = [];
  const failures: unknown[] = [];
  let doneBytes = 0;
  const pushOne = async (blob: Blob): Promise<void> => {
    if (failures.length > 0) return;
    const { descriptor, open } = blob;
    try {
      options.signal?.throwIfAborted();
      const mountFrom = mounts.get(descriptor.digest) ?? [];
      const how = await client.pushBlob(repository, descriptor, open, { mountFrom, signal: options.signal });
      if (how === 'sent') sent.push(blob);
      doneBytes += descriptor.size;
      options.onProgress?.(doneBytes, totalBytes);
    } catch (error) {
      failures.push(error);
    }
  };
  const limit = pLimit(pushesAtOnce);
  const largestFirst = parts.toSorted((a, b) => b.descriptor.size - a.descriptor.size);
  await Promise.all(largestFirst.map((blob) => limit(() => pushOne(blob))));
  if (failures.length > 0) throw failures[0];
  return sent;
}

function bytesOf(parts: readonly { readonly descriptor: Descriptor }[]): number {
  return parts.reduce((sum, { descriptor }) => sum + descriptor.size, 0);
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
