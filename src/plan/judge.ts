import { type DiffId, hexOf, type LayerKey } from '../oci/digest.ts';
import type { Layer } from '../layer/layer.ts';
import type { KeptLayer } from '../cache/kept-layer.ts';
import { assembleImage, assembleTarget } from '../image/assemble.ts';
import type { ImageLayer, TargetImage } from '../image/image.ts';
import type { DrawnLayer, Drawing } from './draw.ts';
import { imageName } from './draw.ts';
import type { PlatformInputs, TargetInputs } from './inputs.ts';
import type { LayerNode, Plan, PlatformPlan, TargetPlan } from './plan.ts';
import { warningsOf } from './open.ts';
import { baseReasons, layerReasons } from './reasons.ts';
import { type BuildRecord, recordOf } from './record.ts';

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
  const targets = drawing.inputs.targets.map((target) => judgeTarget(target, drawing, known));
  const records = new Map(
    targets.flatMap(({ target, platforms }) =>
      platforms.map(({ inputs, record }) => [imageName({ target }, inputs), record] as const),
    ),
  );
  const images = new Map(
    targets.flatMap((target) => target.platforms.map(({ inputs }) => [imageName(target, inputs), inputs] as const)),
  );
  const layers = [...drawing.layers.values()].map((drawn) => judgeLayer(drawn, known, records, images));
  return { targets, layers };
}

/** Names of the packages of each package layer of an image. */
function groupsOf(image: string, { images, layers }: Drawing): readonly (readonly string[])[] {
  return (images.get(image) ?? []).flatMap((key) => {
    const recipe = layers.get(key)?.recipe;
    return recipe?.kind === 'package' ? [recipe.packages.map(({ name }) => name)] : [];
  });
}

function judgeLayer(
  drawn: DrawnLayer,
  known: Known,
  records: ReadonlyMap<string, BuildRecord>,
  images: ReadonlyMap<string, PlatformInputs>,
): LayerNode {
  const { key, title, recipe, estimateBytes, usedBy } = drawn;
  const layer = known.layers.get(key);
  const node = { id: `${recipe.kind}:${hexOf(key).slice(0, 12)}`, kind: recipe.kind, title, key, recipe, usedBy };
  if (layer !== undefined) {
    const warnings = warningsOf(
      layer,
      usedBy.flatMap((name) => images.get(name) ?? []),
    );
    return { ...node, layer, warnings, sizeBytes: layer.sizeBytes, state: 'fresh', reasons: [] };
  }
  // An image that was built before has more to tell than one that is new.
  const user = usedBy.find((name) => known.records.has(name)) ?? usedBy[0] ?? '';
  const now = records.get(user);
  const reasons = now === undefined ? [] : layerReasons(key, recipe, now, known.records.get(user));
  return {
    ...node,
    sizeBytes: estimateBytes,
    warnings: [],
    state: 'stale',
    reasons: known.anew === true ? [{ kind: 'asked' }] : reasons,
  };
}

function judgeTarget(inputs: TargetInputs, drawing: Drawing, known: Known): TargetPlan {
  const { target, assumed, warnings } = inputs;
  const platforms = inputs.platforms.map((platform) => judgePlatform(inputs, platform, drawing, known));
  const image = targetImage(target.name, platforms, known.layers, drawing.layers.values());
  return { target, platforms, outputs: [], assumed, warnings, ...(image === undefined ? {} : { image }) };
}

function judgePlatform(target: TargetInputs, inputs: PlatformInputs, drawing: Drawing, known: Known): PlatformPlan {
  const name = imageName(target, inputs);
  const record = recordOf(inputs, groupsOf(name, drawing));
  const reasons = baseReasons(record, known.records.get(name));
  const state = reasons.length === 0 ? 'fresh' : 'stale';
  return {
    inputs,
    base: { id: `base:${name}`, digest: inputs.base.digest, state, reasons },
    layers: drawing.images.get(name) ?? [],
    record,
  };
}

/** The image that a target comes to; undefined while a layer is missing. */
export function targetImage(
  name: string,
  platforms: readonly PlatformPlan[],
  made: ReadonlyMap<LayerKey, Layer>,
  drawn: Iterable<Pick<DrawnLayer, 'key' | 'title'>>,
): TargetImage | undefined {
  const titles = new Map(Array.from(drawn, ({ key, title }) => [key, title]));
  const images = platforms.flatMap(({ inputs, layers }) => {
    const ours = layers.flatMap((key) => imageLayer(made.get(key), titles.get(key) ?? ''));
    if (ours.length < layers.length) return [];
    const { base, settings, annotations } = inputs;
    return [assembleImage({ base, layers: ours, settings, annotations })];
  });
  return images.length < platforms.length ? undefined : assembleTarget(name, images);
}

function imageLayer(layer: Layer | undefined, title: string): readonly ImageLayer[] {
  if (layer === undefined) return [];
  const { digest, sizeBytes: size, mediaType } = layer;
  const diffId: DiffId = layer.diffId;
  return [{ descriptor: { mediaType, digest, size }, diffId, origin: { kind: 'store' }, title }];
}
