import { isDeepStrictEqual } from 'node:util';
import { PycontainerError } from '../errors.ts';
import type { Digest, LayerKey } from '../oci/digest.ts';
import { formatPlatform } from '../oci/platform.ts';
import type { KeptLayer } from '../cache/kept-layer.ts';
import type { TargetImage } from '../image/image.ts';
import { targetImage } from '../plan/image.ts';
import type { LayerNode, OutputNode, Plan, TargetPlan } from '../plan/plan.ts';
import { putRecord } from '../plan/record.ts';
import { madeSize } from '../plan/size.ts';
import type { BuildContext, MadeTarget } from './context.ts';
import { asOurs, throwFailures } from './failures.ts';
import { type Moved, movedFor } from './moved.ts';
import { runWorks, type Work } from './schedule.ts';

/** A target whose image stands in all its outputs. */
export interface BuiltTarget extends MadeTarget {
  /** By the output's name. */
  readonly deliveries: ReadonlyMap<string, Moved>;
  /** Every layer of ours by its key. */
  readonly layers: ReadonlyMap<LayerKey, KeptLayer>;
}

interface Delivering extends Work {
  readonly node: OutputNode;
}

/** Each of them bounds by itself what it moves at once. */
const deliveriesAtOnce = 4;

/** Delivers every image to its outputs, several at once. Throws all that failed, together, when the others have ended. */
export async function deliverTargets(
  plan: Plan,
  made: ReadonlyMap<LayerKey, KeptLayer>,
  options: BuildContext,
): Promise<readonly BuiltTarget[]> {
  const moved = new Map<string, Moved>();
  const images = plan.targets.map((target) => ({ target, image: imageOf(target, plan, made) }));
  const works = images.flatMap(({ target, image }) =>
    target.outputs.map((node): Delivering => {
      const run = async (): Promise<void> => void moved.set(node.id, await deliver(node, target, image, options));
      return { id: node.id, node, after: [], run };
    }),
  );
  const told = options.onMade?.(images.map(({ target, image }) => ({ plan: target, image })));
  const [failures] = await bothEnds(runWorks(inTurn(works), deliveriesAtOnce, options.signal), told);
  const kinds = new Map(plan.layers.map(({ key, kind }) => [key, kind]));
  for (const target of plan.bases) await putRecords(target, kinds, made, options);
  for (const target of plan.targets) {
    if (target.outputs.every(({ id }) => moved.has(id))) await putRecords(target, kinds, made, options);
  }
  throwFailures(failures, duringDelivery(plan));
  await told;
  return images.map(({ target, image }) => ({
    plan: target,
    image,
    deliveries: new Map(target.outputs.flatMap(({ id, output }) => entryOf(output.name, moved.get(id)))),
    layers: new Map([...made].filter(([key]) => target.platforms.some(({ layers }) => layers.includes(key)))),
  }));
}

/** Waits for both, whatever comes of the second. */
async function bothEnds<T>(first: Promise<T>, second: Promise<unknown> | undefined): Promise<readonly [T]> {
  const [result] = await Promise.all([first, second?.catch(() => undefined)]);
  return [result];
}

function imageOf({ target, platforms }: TargetPlan, plan: Plan, made: ReadonlyMap<LayerKey, KeptLayer>): TargetImage {
  const image = targetImage(target.name, platforms, made, plan.layers);
  if (image === undefined) throw new PycontainerError('internal', `Not all layers of ${target.name} were made`);
  return image;
}

/** What goes to one place goes one after another, so that what images share is sent once. */
function inTurn(works: readonly Delivering[]): readonly Work[] {
  const last = new Map<string, string>();
  return works.map(({ id, node, run }) => {
    const { name, place = name } = node.output;
    const before = last.get(place);
    last.set(place, id);
    return { id, run, after: before === undefined ? [] : [before] };
  });
}

function duringDelivery({ targets }: Plan): ReadonlyMap<string, string> {
  const all = targets.flatMap(({ target, outputs }) => outputs.map(({ id }) => [id, target.name] as const));
  return new Map(targets.length < 2 ? [] : all.map(([id, name]) => [id, `while delivering ${name}`]));
}

function entryOf<T>(name: string, value: T | undefined): readonly (readonly [string, T])[] {
  return value === undefined ? [] : [[name, value]];
}

/** Writes down what a target was built from, for the reasons of the next plan. */
async function putRecords(
  { target, platforms }: TargetPlan,
  kinds: ReadonlyMap<LayerKey, LayerNode['kind']>,
  made: ReadonlyMap<LayerKey, KeptLayer>,
  { root, store }: BuildContext,
): Promise<void> {
  for (const platform of platforms) {
    const { inputs, layers, record } = platform;
    const digests: Record<LayerKey, Digest> = {};
    for (const key of layers) {
      const layer = made.get(key);
      if (layer !== undefined) digests[key] = layer.digest;
    }
    const place = { root, target: target.name, platform: formatPlatform(inputs.platform) };
    const { isEstimate: _, ...sizes } = madeSize(platform, kinds, made);
    const now = { ...record, sizes, layers: digests };
    if (!isDeepStrictEqual(platform.before, now)) await putRecord(store, place, now);
  }
}

async function deliver(
  { id: node, output, reasons }: OutputNode,
  { target }: TargetPlan,
  image: TargetImage,
  { emit, signal }: BuildContext,
): Promise<Moved> {
  const kind = 'output';
  const title = `${target.name} → ${output.name}`;
  const started = performance.now();
  emit({ type: 'node-started', node, kind, title, reasons });
  try {
    const delivery = await output.deliver(image, {
      ...(signal === undefined ? {} : { signal }),
      onProgress: (doneBytes, totalBytes) => {
        emit({ type: 'node-progress', node, doneBytes, totalBytes });
      },
    });
    const moved = movedFor(image, delivery);
    const { digest } = image.root.descriptor;
    emit({ type: 'node-finished', node, kind, title, durationMs: performance.now() - started, digest });
    emit({ type: 'delivered', target: target.name, output: output.name, digest, tags: target.tags, ...moved });
    return moved;
  } catch (error) {
    emit({ type: 'node-failed', node, error: asOurs(error) });
    throw error;
  }
}
