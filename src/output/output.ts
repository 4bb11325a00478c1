import type { DeliveryWay } from '../events.ts';
import type { Repository } from '../registry/rules.ts';
import type { TargetImage } from '../image/image.ts';

/** What a delivery moved. Blobs are layers, configs, manifests and indexes. */
export interface Delivery {
  readonly sentBytes: number;
  readonly sentBlobs: number;
  /** Were there already, or were mounted there. */
  readonly skippedBlobs: number;
  /** To an engine that lacked something. */
  readonly way?: DeliveryWay;
}

/** A place that an image is delivered to. */
export interface Output {
  /** As a person would name it: a path, or a registry's repository with tags. */
  readonly name: string;
  /**
   * What is missing there, in a few words; undefined when the image stands complete under all its names. May ask a
   * network only when `isRemote`.
   */
  readonly lacks: (image: TargetImage) => Promise<string | undefined>;
  readonly isRemote: boolean;
  /** Outputs that share it share blobs: what goes there goes one after another. Absent: the name. */
  readonly place?: string;
  /** Where blobs can be mounted from other repositories of the host; absent for what is no registry. */
  readonly repository?: Repository;
  /** Idempotent: sends only what is missing, names last, so that no name ever points to something incomplete. */
  readonly deliver: (image: TargetImage, options?: DeliverOptions) => Promise<Delivery>;
}

export interface DeliverOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
}
