import { parseDigest } from '../../oci/digest.ts';
import type { Store } from '../../store/store.ts';
import type { WheelFile } from './file.ts';

/**
 * Smaller wheels are kept beside the layers that are made of them, so that one package bumped among many, another
 * prefix or another compression needs no network; these few would fill the disk.
 */
const veryLargeBytes = 256e6;

export function isVeryLarge({ sizeBytes = 0 }: Pick<WheelFile, 'sizeBytes'>): boolean {
  return sizeBytes >= veryLargeBytes;
}

/** Removes a wheel from the store if it is there; one that stands elsewhere on this disk is left alone. Idempotent. */
export async function dropWheel({ sha256 }: WheelFile, store: Store): Promise<void> {
  await store.dropBlob(parseDigest(`sha256:${sha256}`));
}
