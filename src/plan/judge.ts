import type { Reason } from '../events.ts';
import { hexOf, type LayerKey } from '../oci/digest.ts';
import type { KeptLayer } from '../cache/kept-layer.ts';
import type { DrawnLayer, Drawing } from './draw.ts';
import { imageName } from './draw.ts';
import { targetImage } from './image.ts';
import type { TargetBelow, TargetInputs } from './inputs.ts';
import { judgeSize } from './limits.ts';
import type { LayerNode, Plan, PlatformPlan, TargetPlan } from './plan.ts';
import { warningsOf } from './open.ts';
import { baseReasons, configReasons, layerReasons } from './reasons.ts';
import { type BuildRecord, recordOf } from './record.ts';
import { imageSize, type LayerSize } from './size.ts';

/** What is there already. */
export interface Known {
  /** Finished layers whose blobs are in the store. */
  readonly layers: ReadonlyMap<LayerKey, KeptLayer>;
  /** What each image was last built from, by `target platform`. */
  readonly records: ReadonlyMap<string, BuildRecord>;
  /** Layers were not looked for: all are to be made. */
  readonly anew?: boolean;
}

/** Decides what is fresh and what is stale, and why. Pure. Outputs are not looked at yet. */
export function judge(drawing: Drawing, known: Known): Plan {
  const judged = new Judge(drawing, known);
  const { bases, targets } = drawing.inputs;
  return {
    bases: bases.map((target) => judged.target(target)),
    targets: targets.map((target) => judged.target(target)),
    layers: [...drawing.layers.values()].map((drawn) => judged.layer(drawn)),
  };
}

class Judge {
  readonly #drawing: Drawing;
  readonly #known: Known;
  readonly #images = new Map<string, PlatformPlan>();

  constructor(drawing: Drawing, known: Known) {
    this.#drawing = drawing;
    this.#known = known;
  }

  target({ target, platforms, assumed, warnings }: TargetInputs): TargetPlan {
    const plans = platforms.map((image) => this.#image({ target, image }));
    const image = targetImage(target.name, plans, this.#known.layers, this.#drawing.layers.values());
    return { target, platforms: plans, outputs: [], assumed, warnings, ...(image === undefined ? {} : { image }) };
  }

  /** To be asked when all images are judged. */
  layer({ key, title, recipe, estimateBytes, usedBy, ownedBy }: DrawnLayer): LayerNode {
    const { layers, records, anew = false } = this.#known;
    const layer = layers.get(key);
    const node = { id: `${recipe.kind}:${hexOf(key).slice(0, 12)}`, kind: recipe.kind, title, key, recipe, usedBy };
    if (layer !== undefined) {
      const users = ownedBy.flatMap((name) => this.#images.get(name)?.inputs ?? []);
      const warnings = warningsOf(layer, users);
      return { ...node, layer, warnings, sizeBytes: layer.sizeBytes, state: 'fresh', reasons: [] };
    }
    // An image that was built before has more to tell than one that is new.
    const user = ownedBy.find((name) => records.has(name)) ?? ownedBy[0] ?? '';
    const now = this.#images.get(user)?.record;
    const reasons = now === undefined ? [] : layerReasons(key, recipe, now, records.get(user));
    const why: readonly Reason[] = anew ? [{ kind: 'asked' }] : reasons;
    return { ...node, warnings: [], sizeBytes: estimateBytes, state: 'stale', reasons: why };
  }

  #image({ target, image }: TargetBelow): PlatformPlan {
    const name = imageName({ target }, image);
    const known = this.#images.get(name);
    if (known !== undefined) return known;
    const before = this.#known.records.get(name);
    const record = recordOf(image, groupsOf(name, this.#drawing), this.#drawing.images, this.#ofSameApp(name));
    const below = image.below === undefined ? undefined : this.#image(image.below);
    const reasons =
      below === undefined ? baseReasons(record, before) : this.#reasonsBelow(image.below?.target.name ?? '', below);
    const layers = this.#drawing.images.get(name) ?? [];
    const size = imageSize(image, layers, (key) => this.#sizeOf(key));
    const plan: PlatformPlan = {
      inputs: image,
      base: {
        id: `base:${name}`,
        text: image.below === undefined ? image.base.text : `target:${image.below.target.name}`,
        digest: image.base.digest,
        state: reasons.length === 0 ? 'fresh' : 'stale',
        reasons,
      },
      ...(below === undefined ? {} : { below }),
      layers,
      own: layers.slice(below?.layers.length ?? 0),
      changes: [...(below?.changes ?? []), ...configReasons(record, before)],
      record,
      ...(before === undefined ? {} : { before }),
      size: judgeSize(target, image, size, before),
    };
    this.#images.set(name, plan);
    return plan;
  }

  /** What an image was built from, if its app layer was the same; it was its last one. */
  #ofSameApp(image: string): BuildRecord | undefined {
    const before = this.#known.records.get(image);
    const app = this.#drawing.images.get(image)?.at(-1);
    return before !== undefined && Object.keys(before.layers).at(-1) === app ? before : undefined;
  }

  #sizeOf(key: LayerKey): LayerSize | undefined {
    const drawn = this.#drawing.layers.get(key);
    const layer = this.#known.layers.get(key);
    if (drawn === undefined) return undefined;
    const sizeBytes = layer?.sizeBytes ?? drawn.estimateBytes;
    return { kind: drawn.recipe.kind, sizeBytes, isMade: layer !== undefined };
  }

  #reasonsBelow(name: string, { base, layers }: PlatformPlan): readonly Reason[] {
    const isFresh = base.state === 'fresh' && layers.every((key) => this.#known.layers.has(key));
    return isFresh ? [] : [{ kind: 'below', node: `image:${name}` }];
  }
}

/** Names of the packages of each package layer of an image. */
function groupsOf(image: string, { images, layers }: Drawing): readonly (readonly string[])[] {
  return (images.get(image) ?? []).flatMap((key) => {
    const recipe = layers.get(key)?.recipe;
    return recipe?.kind === 'package' ? [recipe.packages.map(({ name }) => name)] : [];
  });
}
