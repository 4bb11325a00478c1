import type { DiffId, Digest } from '../oci/digest.ts';

/** A finished layer whose blob stands in the store. */
export interface Layer {
  /** sha256 of the compressed blob. */
  readonly digest: Digest;
  /** sha256 of the uncompressed tar. */
  readonly diffId: DiffId;
  /** Bytes of the blob. */
  readonly sizeBytes: number;
  /** Bytes of the tar. */
  readonly uncompressedSizeBytes: number;
  readonly mediaType: string;
}
