import type { Reason } from '../../events.ts';
import type { LayerKey } from '../../oci/digest.ts';
import { formatPlatform } from '../../oci/platform.ts';
import type { Store } from '../../store/store.ts';
import type { KeptLayer } from '../../cache/kept-layer.ts';
import type { Output } from '../../output/output.ts';
import { type Drawing, imageName } from '../draw.ts';
import type { Known } from '../judge.ts';
import type { OutputNode, Plan, TargetPlan } from '../plan.ts';
import { type BuildRecord, getRecord } from '../record.ts';

/** Looks up what of the drawing is there, and what each image was built from last. */
export async function lookUpKnown(drawing: Drawing, root: string, store: Store, noCache: boolean): Promise<Known> {
  const layers = new Map<LayerKey, KeptLayer>();
  for (const key of noCache ? [] : drawing.layers.keys()) {
    const layer = await store.getResult<KeptLayer>('layer', key);
    if (layer !== undefined) layers.set(key, layer);
  }
  const records = new Map<string, BuildRecord>();
  for (const target of [...drawing.inputs.bases, ...drawing.inputs.targets]) {
    for (const platform of target.platforms) {
      const place = { root, target: target.target.name, platform: formatPlatform(platform.platform) };
      const record = await getRecord(store, place);
      if (record !== undefined) records.set(imageName(target, platform), record);
    }
  }
  return { layers, records, anew: noCache };
}

/** The plan with its outputs looked at: local ones always, remote ones when `remote` says so. */
export async function withOutputs(
  plan: Plan,
  outputsOf: (target: TargetPlan) => readonly Output[],
  remote: boolean,
): Promise<Plan> {
  const targets = await Promise.all(
    plan.targets.map(async (target) => ({
      ...target,
      outputs: await Promise.all(outputsOf(target).map((output, index) => outputNode(output, index, target, remote))),
    })),
  );
  return { ...plan, targets };
}

async function outputNode(
  output: Output,
  index: number,
  { target, image, platforms }: TargetPlan,
  remote: boolean,
): Promise<OutputNode> {
  const id = `output:${target.name}:${index}`;
  const told = platforms.flatMap((platform) => platform.changes);
  const changes = [...new Map(told.map((one) => [JSON.stringify(one), one])).values()];
  if (image === undefined) {
    const reasons: readonly Reason[] = [...changes, { kind: 'below', node: `image:${target.name}` }];
    return { id, output, asked: false, state: 'stale', reasons };
  }
  if (output.isRemote && !remote) return { id, output, asked: false, state: 'fresh', reasons: [] };
  const what = await output.lacks(image);
  if (what === undefined) return { id, output, asked: true, state: 'fresh', reasons: [] };
  return { id, output, asked: true, state: 'stale', reasons: [...changes, { kind: 'not-delivered', what }] };
}
