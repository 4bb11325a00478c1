import type { Digest, LayerKey } from '../oci/digest.ts';
import type { Reason, WarningEvent } from '../events.ts';
import type { Target } from '../config/target.ts';
import type { TargetImage } from '../image/image.ts';
import type { KeptLayer } from '../cache/kept-layer.ts';
import type { Output } from '../output/output.ts';
import type { BuildRecord } from './record.ts';
import type { JudgedSize } from './size.ts';
import type { PlannedPackage, PlatformInputs, PythonInputs } from './inputs.ts';

/** What is to be done, decided before anything is done. */
export interface Plan {
  /** In the order in which they were asked for. */
  readonly targets: readonly TargetPlan[];
  /** Images that only others need: made with them, and delivered nowhere. */
  readonly bases: readonly TargetPlan[];
  /** Every layer once, however many images it stands in; what another needs comes before it. */
  readonly layers: readonly LayerNode[];
}

export interface TargetPlan {
  readonly target: Target;
  readonly platforms: readonly PlatformPlan[];
  readonly outputs: readonly OutputNode[];
  readonly assumed: readonly string[];
  readonly warnings: readonly WarningEvent[];
  /** What the target comes to; known when all its layers are fresh. */
  readonly image?: TargetImage;
}

export interface PlatformPlan {
  readonly inputs: PlatformInputs;
  readonly base: BaseNode;
  /** The plan of the base target's image. */
  readonly below?: PlatformPlan;
  /** Keys of our layers, in the order in which they stand on the base: those of `below`, then packages, venv, app. */
  readonly layers: readonly LayerKey[];
  /** Those that it does not have from `below`. */
  readonly own: readonly LayerKey[];
  /** What its config says otherwise than that of the last build, what is below it included. */
  readonly changes: readonly Reason[];
  /** What is written down when the target was built, for the reasons of the next plan. */
  readonly record: BuildRecord;
  /** What was written down when it was built last. */
  readonly before?: BuildRecord;
  /** With what is known before anything is made. */
  readonly size: JudgedSize;
}

export type State = 'fresh' | 'stale';

interface Judged {
  readonly state: State;
  /** Empty when fresh. */
  readonly reasons: readonly Reason[];
}

export interface BaseNode extends Judged {
  readonly id: string;
  /** As the user wrote it. */
  readonly text: string;
  /** Of what all stands on in the end. */
  readonly digest: Digest;
}

/** A layer that we make. */
export interface LayerNode extends Judged {
  /** Unique in the plan and the same in each plan with this key. */
  readonly id: string;
  readonly kind: 'package' | 'venv' | 'app';
  /** For people: `numpy 2.3.5`, `41 packages`, `app`. */
  readonly title: string;
  readonly key: LayerKey;
  readonly recipe: Recipe;
  /** Present exactly when fresh. */
  readonly layer?: KeptLayer;
  /** What is odd about it in the images that it stands in; nothing is known of a stale one. */
  readonly warnings: readonly WarningEvent[];
  /** Of the blob when fresh; else an estimate. */
  readonly sizeBytes: number;
  /** `target platform` of each image it stands in. */
  readonly usedBy: readonly string[];
}

/** All that a build needs to make a layer. */
export type Recipe =
  | {
      readonly kind: 'package';
      readonly packages: readonly PlannedPackage[];
      readonly platform: PlatformInputs;
      readonly python: PythonInputs;
    }
  | {
      readonly kind: 'venv';
      readonly platform: PlatformInputs;
      readonly python: PythonInputs;
      /** The package layers whose files it writes down; they are made first. In the image's order. */
      readonly after: readonly LayerKey[];
      readonly strict: boolean;
      /** Packages that write different bytes to one path are an error, as all is under `strict`. */
      readonly refusesConflicts: boolean;
    }
  | {
      readonly kind: 'app';
      readonly platform: PlatformInputs;
      /** The layers of the images that it copies from; they are made first. */
      readonly after: readonly LayerKey[];
    };

/** A place that the image is to stand in. */
export interface OutputNode extends Judged {
  readonly id: string;
  readonly output: Output;
  /** Whether it was asked; a remote output is not, unless the user says so, and counts as stale when the image is. */
  readonly asked: boolean;
}
