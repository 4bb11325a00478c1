import type { Readable } from 'node:stream';
import { isForeignLayer, type Descriptor } from '../oci/manifest.ts';
import { PycontainerError } from '../errors.ts';
import type { RegistryApi } from './api.ts';
import { partIn, rangeFrom } from './blob-part.ts';
import { blobStream, type BlobPart } from './blob-stream.ts';

/** Whether a blob's descriptor names addresses outside of registries. */
export function standsOutside({ urls = [] }: Descriptor): boolean {
  return urls.some(isHttp);
}

/** What to do about a registry that takes no manifest with such layers; undefined when the manifest has none. */
export function outsideHint(manifest: Uint8Array): string | undefined {
  const { layers = [] } = JSON.parse(Buffer.from(manifest).toString('utf8')) as { layers?: readonly Descriptor[] };
  const outside = layers.filter((layer) => isForeignLayer(layer.mediaType) && standsOutside(layer));
  const hosts = new Set(outside.flatMap(({ urls = [] }) => urls.filter(isHttp).map((url) => new URL(url).host)));
  if (hosts.size === 0) return undefined;
  return `The base has layers that may not be handed on, at ${[...hosts].join(', ')}. Have the registry allow these addresses (validation.manifests.urls), or take another base.`;
}

/**
 * Streams a blob from the first of the addresses in its descriptor that has it, verified; see {@link blobStream}. An
 * image's author chose these hosts, so none of them is shown a login.
 * @see https://github.com/opencontainers/image-spec/blob/main/descriptor.md#properties
 */
export async function blobFromOutside(api: RegistryApi, descriptor: Descriptor): Promise<Readable> {
  const failures: unknown[] = [];
  for (const url of (descriptor.urls ?? []).filter(isHttp)) {
    try {
      const open = async (offset: number, signal: AbortSignal): Promise<BlobPart> =>
        partAt(api, url, descriptor, offset, signal);
      return await blobStream({ descriptor, host: new URL(url).host, sleep: api.sleep, open });
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures.at(-1);
  throw new PycontainerError(
    'registry-not-found',
    `The layer ${descriptor.digest} names no address that can be asked`,
    {
      hint: 'No registry has it either. Ask those who made the image.',
    },
  );
}

async function partAt(
  api: RegistryApi,
  url: string,
  descriptor: Descriptor,
  offset: number,
  signal: AbortSignal,
): Promise<BlobPart> {
  const response = await api.outside(url, { headers: rangeFrom(offset), signal, retry: offset === 0 });
  const part = partIn(response, offset, descriptor);
  if (part !== undefined) return part;
  await response.drain();
  const { host } = new URL(url);
  const code = response.status === 404 || response.status === 410 ? 'registry-not-found' : 'registry-answer';
  throw new PycontainerError(
    code,
    `${host} answered ${response.status} when asked for the layer ${descriptor.digest}`,
    {
      hint: 'The image says that this layer stands there and in no registry. Ask those who made the image.',
    },
  );
}

function isHttp(url: string): boolean {
  return /^https?:\/\//i.test(url) && URL.canParse(url);
}
