import type { ImageDiff } from '../image/diff.ts';
import type { Digest } from '../oci/digest.ts';

/** The version of the format of `diff --format json`. `schemas/diff.schema.json` describes it. */
export const diffFormatVersion = 1;

/** One of two images that are compared. */
export interface ImageSide {
  /** As the user named it. */
  readonly image: string;
  readonly platform: string;
  readonly digest: Digest;
  /** Of the layers as they are stored. */
  readonly sizeBytes: number;
}

/** What `diff` found, as programs read it. */
export interface DiffJson extends ImageDiff {
  readonly version: typeof diffFormatVersion;
  /** Whether the lists are all empty. */
  readonly equal: boolean;
  readonly from: ImageSide;
  readonly to: ImageSide;
}

export function diffJson(from: ImageSide, to: ImageSide, diff: ImageDiff): DiffJson {
  const { layers, files, packages, config } = diff;
  const equal = [layers, files, packages, config].every((list) => list.length === 0);
  return { version: diffFormatVersion, equal, from, to, layers, files, packages, config };
}
