import { Readable } from 'node:stream';
import type { Descriptor } from '../oci/manifest.ts';
import { openBaseLayer } from '../base/blob.ts';
import type { BaseSources } from '../base/sources.ts';
import type { Document, ImageLayer, TargetImage } from '../image/image.ts';

/** A blob of an image, with the way to its bytes. */
export interface Blob {
  readonly descriptor: Descriptor;
  /** A fresh stream at each call, verified by digest as it flows. */
  readonly open: () => Promise<Readable>;
  /** Of a small one: the bytes themselves. */
  readonly bytes?: Uint8Array;
  /** The store's file of these bytes, to be linked; `verify` throws when it is damaged. Absent for bytes in memory. */
  readonly stored?: { readonly path: string; readonly verify: (signal?: AbortSignal) => Promise<void> };
}

/** Every blob of the image, each digest once: layers first, then configs, manifests, and the index last. */
export function blobsOf(image: TargetImage, sources: BaseSources): readonly Blob[] {
  const layers = image.images.flatMap((one) => one.layers.map((layer) => layerBlob(layer, sources)));
  const documents = [
    ...image.images.map(({ config }) => config),
    ...image.images.map(({ manifest }) => manifest),
    image.root,
  ];
  return once([...layers, ...documents.map(documentBlob)]);
}

function layerBlob(layer: ImageLayer, sources: BaseSources): Blob {
  const { descriptor } = layer;
  const { store } = sources;
  return {
    descriptor,
    open: () => openBaseLayer(layer, sources),
    stored: {
      path: store.blobPath(descriptor.digest),
      verify: (signal) => store.verifyBlob(descriptor.digest, signal),
    },
  };
}

function documentBlob({ descriptor, bytes }: Document): Blob {
  return { descriptor, bytes, open: async () => Readable.from([bytes], { objectMode: false }) };
}

function once(blobs: readonly Blob[]): readonly Blob[] {
  const seen = new Map(blobs.toReversed().map((blob) => [blob.descriptor.digest, blob]));
  return [...seen.values()].toReversed();
}
