import type { Readable } from 'node:stream';
import type { BaseLayer } from './base.ts';
import type { BaseSources } from './sources.ts';
import { verifiedRegion } from './verified.ts';

/**
 * The layer's blob as it is stored and sent, verified by digest and size: the stream fails before its end when a byte is
 * wrong. Taken from the store when it is there, else from where the base has it; it is not put into the store.
 */
export async function openBaseLayer(layer: BaseLayer, { registry, store }: BaseSources): Promise<Readable> {
  const { descriptor, origin } = layer;
  if (origin.kind === 'store' || (await store.hasBlob(descriptor.digest, descriptor.size))) {
    return store.streamBlob(descriptor.digest);
  }
  if (origin.kind === 'registry') return registry.blob(origin, descriptor);
  if (origin.kind === 'urls') return registry.blob(undefined, descriptor);
  const region = { path: origin.path, offset: origin.offset ?? 0, sizeBytes: descriptor.size };
  return verifiedRegion(region, descriptor, `Layer ${descriptor.digest} in ${origin.path}`);
}
