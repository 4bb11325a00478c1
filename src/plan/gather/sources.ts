import type { HostTrust, Http } from '../../http.ts';
import type { Target } from '../../config/target.ts';
import type { BaseSources } from '../../base/sources.ts';
import type { BasePins } from '../lockfile.ts';
import type { Memory } from './memory.ts';

/** What inputs are gathered with. */
export interface PlanSources extends BaseSources {
  /** A door to the network that trusts what settings say of single hosts. */
  readonly httpFor: (trust: ReadonlyMap<string, HostTrust>) => Http;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's home folder. */
  readonly home: string;
  /** Absolute: what relative paths of the environment and of pip's settings are relative to. */
  readonly cwd: string;
  /** The manifest's folder, absolute. */
  readonly root: string;
  /** Every target of the manifest, for those that others stand on. */
  readonly targets: ReadonlyMap<string, Target>;
  /** What `pycontainer.lock` says. */
  readonly pins: BasePins;
  /** Take what tags stand for now, whatever is pinned. */
  readonly pull: boolean;
  /** Ask no network. */
  readonly offline: boolean;
  /** Outputs of every target, absolute: never packed. */
  readonly ownOutputs: readonly string[];
  readonly memory: Memory;
  /** More plans follow, and what they say is followed by containers that run. */
  readonly isLasting: boolean;
  readonly signal?: AbortSignal;
}
