import type { LayerOrigin } from '../base/base.ts';
import type { DiffId } from '../oci/digest.ts';
import type { Descriptor } from '../oci/manifest.ts';
import type { Platform } from '../oci/platform.ts';

/** A layer as an image refers to it. */
export interface ImageLayer {
  readonly descriptor: Descriptor;
  readonly diffId: DiffId;
  /** Where its bytes are when an output lacks them. */
  readonly origin: LayerOrigin;
  /** What is in it, for history and messages: `package numpy 2.3.5`, `app`. */
  readonly title: string;
}

/** JSON that was serialised once: the bytes that are hashed are the bytes that are sent. */
export interface Document {
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
}

/** One platform's image. */
export interface Image {
  readonly platform: Platform;
  readonly config: Document;
  readonly manifest: Document;
  /** Base layer first. */
  readonly layers: readonly ImageLayer[];
}

/** What a target comes to: its platforms' images, and the document that a tag points to. */
export interface TargetImage {
  readonly target: string;
  /** In the order of the target's platforms. */
  readonly images: readonly Image[];
  /** The manifest of the only platform, or an index of several. */
  readonly root: Document;
}
