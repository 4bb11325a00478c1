import type { Planned, PlannedImage, PlannedNode } from '../events.ts';
import { formatPlatform } from '../oci/platform.ts';
import type { LayerNode, Plan, PlatformPlan, TargetPlan } from './plan.ts';

/** A plan as an event tells it. */
export function plannedEvent(plan: Plan, durationMs: number): Planned {
  const layers = new Map(plan.layers.map((layer) => [layer.key, layer]));
  const stale = plan.layers.filter(({ state }) => state === 'stale').length;
  return {
    type: 'planned',
    fresh: plan.layers.length - stale,
    stale,
    durationMs,
    images: plan.targets.flatMap((target) => target.platforms.map((platform) => imageOf(target, platform, layers))),
  };
}

function imageOf(
  { target, outputs }: TargetPlan,
  { inputs, base, layers }: PlatformPlan,
  known: ReadonlyMap<string, LayerNode>,
): PlannedImage {
  return {
    target: target.name,
    platform: formatPlatform(inputs.platform),
    nodes: [
      { node: base.id, kind: 'base', title: base.text, state: base.state },
      ...layers.flatMap((key) => layerOf(known.get(key))),
      ...outputs.map(({ id, output, state }): PlannedNode => ({
        node: id,
        kind: 'output',
        title: output.name,
        state,
      })),
    ],
  };
}

function layerOf(layer: LayerNode | undefined): readonly PlannedNode[] {
  if (layer === undefined) return [];
  const { id, kind, title, state, recipe } = layer;
  return [{ node: id, kind, title, state, ...(recipe.kind === 'package' ? { packages: recipe.packages.length } : {}) }];
}
