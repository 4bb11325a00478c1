import { PycontainerError } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import { type Descriptor, isIndexType, isManifestType } from '../oci/manifest.ts';
import { formatPlatform, normalizePlatform } from '../oci/platform.ts';
import type { Reference } from '../oci/reference.ts';
import type { Base } from './base.ts';
import { type Documents, type ImageRequest, openImage } from './image.ts';
import type { BaseSources, ImageSource, Repository } from './sources.ts';
import { verifiedBytes } from './verified.ts';

/** Part of the key of what is kept: changes with the shape of Base. */
const format = '2';

/**
 * The image that a reference names. What a digest stands for is kept in the store, so a base that was seen once needs
 * no network when its digest is known, by `pin` or by the reference itself (which wins).
 */
export async function openRegistryBase(
  reference: Reference,
  request: ImageRequest,
  sources: BaseSources,
  pin?: Digest,
): Promise<Base> {
  const { host, repository } = reference;
  const { registry, store } = sources;
  const digest = reference.digest ?? pin ?? (await registry.resolveDigest(reference));
  const wanted = formatPlatform(normalizePlatform(request.platform));
  const key = [format, host, repository, digest, request.orOther === true ? `${wanted} or other` : wanted].join(' ');
  const named = { text: request.text, reference: { ...reference, digest } };
  const kept = await store.getResult<Base>('base', key);
  if (kept !== undefined) return { ...kept, ...named };
  const { mediaType, bytes } = await registry.manifest({ host, repository }, digest);
  const root: Descriptor = { mediaType, digest, size: bytes.length };
  const documents = registryDocuments({ host, repository }, registry, new Map([[digest, bytes]]));
  const base = await openImage([root], documents, { ...request, ...named });
  await store.putResult('base', key, base);
  return base;
}

function registryDocuments(
  repository: Repository,
  registry: ImageSource,
  known: ReadonlyMap<Digest, Buffer>,
): Documents {
  const fetched = async (descriptor: Descriptor, what: string): Promise<Buffer> => {
    const isManifest = isIndexType(descriptor.mediaType) || isManifestType(descriptor.mediaType);
    return isManifest
      ? (await registry.manifest(repository, descriptor.digest)).bytes
      : collected(await registry.blob(repository, descriptor), descriptor.size, what);
  };
  return {
    async read(descriptor) {
      const what = `${repository.host}/${repository.repository}@${descriptor.digest}`;
      return verifiedBytes(known.get(descriptor.digest) ?? (await fetched(descriptor, what)), descriptor, what);
    },
    origin: async () => ({ kind: 'registry', ...repository }),
  };
}

async function collected(stream: AsyncIterable<Uint8Array>, sizeBytes: number, what: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let seen = 0;
  for await (const chunk of stream) {
    seen += chunk.length;
    if (seen > sizeBytes) {
      throw new PycontainerError(
        'digest-mismatch',
        `${what} is longer than the ${sizeBytes} bytes that were announced`,
        {
          hint: 'The registry or something on the way to it damages the image; try again or choose another mirror.',
        },
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
