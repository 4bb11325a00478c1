import type { Readable } from 'node:stream';
import type { Engine, EngineAbsence } from '../engine/engine.ts';
import type { Emit } from '../events.ts';
import type { Descriptor } from '../oci/manifest.ts';
import type { Digest } from '../oci/digest.ts';
import type { Reference } from '../oci/reference.ts';
import type { Store } from '../store/store.ts';

/** What bases are read with. */
export interface BaseSources {
  readonly registry: ImageSource;
  readonly store: Store;
  readonly emit: Emit;
  /** Looks for the container engine, once. Absent where none is used. */
  readonly engine?: () => Promise<Engine | EngineAbsence>;
  /** Whether layers that are read for their facts are put into the store on the way, because an output needs them. */
  readonly keepLayers?: boolean;
}

/** What a base needs of the registry client. Everything comes verified by digest and size. */
export interface ImageSource {
  /** The digest of the manifest or index that a tag stands for now. */
  resolveDigest(reference: Reference): Promise<Digest>;
  manifest(repository: Repository, digest: Digest): Promise<{ readonly mediaType: string; readonly bytes: Buffer }>;
  /** @param repository undefined: only the addresses in the descriptor are asked */
  blob(repository: Repository | undefined, descriptor: Descriptor): Promise<Readable>;
}

export type Repository = Pick<Reference, 'host' | 'repository'>;
