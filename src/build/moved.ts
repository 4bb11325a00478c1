import type { Descriptor } from '../oci/manifest.ts';
import type { TargetImage } from '../image/image.ts';
import type { Delivery } from '../output/output.ts';

/** A delivery, with what it did not have to move. */
export interface Moved extends Delivery {
  readonly savedBytes: number;
}

/** Sets a delivery against all that the image consists of, each blob once. */
export function movedFor(image: TargetImage, delivery: Delivery): Moved {
  const blobs = new Map<string, Descriptor>(
    [
      image.root.descriptor,
      ...image.images.flatMap(({ config, manifest, layers }) => [
        config.descriptor,
        manifest.descriptor,
        ...layers.map(({ descriptor }) => descriptor),
      ]),
    ].map((descriptor) => [descriptor.digest, descriptor]),
  );
  const allBytes = [...blobs.values()].reduce((sum, { size }) => sum + size, 0);
  return { ...delivery, savedBytes: Math.max(0, allBytes - delivery.sentBytes) };
}
