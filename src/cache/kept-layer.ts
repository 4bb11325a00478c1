import type { WarningEvent } from '../events.ts';
import type { Layer } from '../layer/layer.ts';
import type { Repository } from '../registry/rules.ts';

/** A layer as it is kept by its key: what was odd about its content is told again whenever it is used. */
export interface KeptLayer extends Layer {
  readonly warnings?: readonly WarningEvent[];
  /** Of the venv layer: requirements that its packages do not meet among themselves. Whether something else does is judged at each use. */
  readonly open?: readonly OpenRequirement[];
  /** The repository that the blob is in; absent when it is in the store. */
  readonly cache?: Repository;
  /** It came from a remote cache, or was made of what did. */
  readonly isForeign?: true;
}

/** A requirement of a package that another package meets with a wrong version, or none at all. */
export interface OpenRequirement {
  readonly requirer: string;
  /** PEP 508, without its marker, which applies. */
  readonly requirement: string;
  /** The version that is there, where it is another one. */
  readonly found?: string;
}

/** A layer that stands in a repository. */
export type CachedLayer = KeptLayer & Required<Pick<KeptLayer, 'cache'>>;
