import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { PycontainerError } from '../errors.ts';
import type { Emit } from '../events.ts';
import { parseDiffId } from '../oci/digest.ts';
import { layerCompression } from '../oci/manifest.ts';
import { decompressed } from '../layer/read.ts';
import { reported } from '../base/download.ts';
import type { ImageSource } from '../base/sources.ts';
import type { Store } from '../store/store.ts';
import type { BlobWriter } from '../store/writer.ts';
import type { CachedLayer } from './kept-layer.ts';

export interface FetchOptions {
  readonly client: Pick<ImageSource, 'blob'>;
  readonly store: Store;
  readonly emit: Emit;
}

/**
 * Brings a layer's blob into the store. Digest, size and DiffId are checked as it passes, in one reading; nothing is left
 * behind of one that is wrong. Errors: 'digest-mismatch', 'archive-invalid', those of the registry and of the store.
 */
export async function fetchLayer(layer: CachedLayer, options: FetchOptions): Promise<void> {
  const { digest, sizeBytes, uncompressedSizeBytes, diffId, mediaType } = layer;
  const writer = await options.store.createBlob();
  try {
    const blob = Readable.from(written(await source(layer, options), writer), { objectMode: false });
    const hash = createHash('sha256');
    let tarBytes = 0;
    for await (const chunk of decompressed(blob, layerCompression(mediaType) ?? 'none') as AsyncIterable<Buffer>) {
      hash.update(chunk);
      tarBytes += chunk.length;
      // What inflates without end is not read to its end.
      if (tarBytes > uncompressedSizeBytes) throw mismatch(digest, `more than ${uncompressedSizeBytes} bytes`, layer);
    }
    const actual = parseDiffId(`sha256:${hash.digest('hex')}`);
    if (actual !== diffId || tarBytes < uncompressedSizeBytes) throw mismatch(digest, actual, layer);
    await writer.commit({ digest, sizeBytes });
  } finally {
    await writer.abort();
  }
}

function mismatch(digest: string, actual: string, { diffId, uncompressedSizeBytes }: CachedLayer): PycontainerError {
  const message = `${digest} holds ${actual}, and should hold ${diffId} of ${uncompressedSizeBytes} bytes`;
  return new PycontainerError('digest-mismatch', message);
}

/** The blob may be in the store for another reason; what is said to be in it is checked all the same. */
async function source(layer: CachedLayer, { client, store, emit }: FetchOptions): Promise<AsyncIterable<Uint8Array>> {
  const { digest, sizeBytes, mediaType, diffId, cache } = layer;
  if (await store.hasBlob(digest, sizeBytes)) return store.streamBlob(digest);
  const descriptor = { mediaType, digest, size: sizeBytes };
  return reported(
    await client.blob(cache, descriptor),
    { descriptor, diffId, origin: { kind: 'registry', ...cache } },
    emit,
  );
}

async function* written(blob: AsyncIterable<Uint8Array>, writer: BlobWriter): AsyncGenerator<Uint8Array> {
  for await (const chunk of blob) {
    writer.write(chunk);
    yield chunk;
  }
}
