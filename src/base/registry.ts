import { PycontainerError } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import { type Descriptor, isIndexType, isManifestType } from '../oci/manifest.ts';
import { formatPlatform, normalizePlatform } from '../oci/platform.ts';
import type { Reference } from '../oci/reference.ts';
import type { Base } from './base.ts';
import { type Documents, type ImageRequest, openImage } from './image.ts';
import type { BaseSources, Repository } from './sources.ts';
import { verifiedBytes } from './verified.ts';

/** Part of the key of what is kept: changes with the shape of Base. */
const format = '1';

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
  const root = await rootOf(reference, sources, pin);
  const key = [format, host, repository, root.digest, formatPlatform(normalizePlatform(request.platform))].join(' ');
  const named = { text: request.text, reference: { ...reference, digest: root.digest } };
  const kept = await sources.store.getResult<Base>('base', key);
  if (kept !== undefined) return { ...kept, ...named };
  const descriptor = await root.descriptor();
  const base = await openImage([descriptor], registryDocuments({ host, repository }, sources), {
    ...request,
    ...named,
  });
  await sources.store.putResult('base', key, base);
  return base;
}

/** The digest that the reference stands for now, of an index or a manifest. */
export async function resolveReference(reference: Reference, sources: BaseSources): Promise<Digest> {
  return reference.digest ?? (await sources.registry.resolve(reference)).descriptor.digest;
}

interface Root {
  readonly digest: Digest;
  readonly descriptor: () => Promise<Descriptor>;
}

async function rootOf(reference: Reference, { registry }: BaseSources, pin: Digest | undefined): Promise<Root> {
  const digest = reference.digest ?? pin;
  if (digest === undefined) {
    const { descriptor } = await registry.resolve(reference);
    return { digest: descriptor.digest, descriptor: async () => descriptor };
  }
  return {
    digest,
    descriptor: async () => {
      const { mediaType, bytes } = await registry.manifest(reference, digest);
      return { mediaType, digest, size: bytes.length };
    },
  };
}

function registryDocuments(repository: Repository, { registry }: BaseSources): Documents {
  return {
    async read(descriptor) {
      const what = `${repository.host}/${repository.repository}@${descriptor.digest}`;
      const isManifest = isIndexType(descriptor.mediaType) || isManifestType(descriptor.mediaType);
      const bytes = isManifest
        ? (await registry.manifest(repository, descriptor.digest)).bytes
        : await collected(await registry.blob(repository, descriptor), descriptor.size, what);
      return verifiedBytes(bytes, descriptor, what);
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
