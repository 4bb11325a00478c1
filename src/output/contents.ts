import { Readable } from 'node:stream';
import type { Descriptor } from '../oci/manifest.ts';
import { openBaseLayer } from '../base/blob.ts';
import type { BaseSources } from '../base/sources.ts';
import type { Document, TargetImage } from '../image/image.ts';

/** A blob of an image, with the way to its bytes. */
export interface Blob {
  readonly descriptor: Descriptor;
  /** A fresh stream at each call, verified by digest as it flows. */
  readonly open: () => Promise<Readable>;
  /** The file that holds exactly these bytes, where there is one in the store. */
  readonly path?: string;
}

/** Every blob of the image, each digest once: layers first, then configs, manifests, and the index last. */
export function blobsOf(image: TargetImage, sources: BaseSources): readonly Blob[] {
  const layers = image.images.flatMap(({ layers: list }) =>
    list.map((layer) => ({
      descriptor: layer.descriptor,
      open: () => openBaseLayer(layer, sources),
      ...(layer.origin.kind === 'store' ? { path: sources.store.blobPath(layer.descriptor.digest) } : {}),
    })),
  );
  const documents = [
    ...image.images.map(({ config }) => config),
    ...image.images.map(({ manifest }) => manifest),
    image.root,
  ];
  return once([...layers, ...documents.map(documentBlob)]);
}

function documentBlob({ descriptor, bytes }: Document): Blob {
  return { descriptor, open: async () => Readable.from([bytes], { objectMode: false }) };
}

function once(blobs: readonly Blob[]): readonly Blob[] {
  const seen = new Map(blobs.toReversed().map((blob) => [blob.descriptor.digest, blob]));
  return [...seen.values()].toReversed();
}
