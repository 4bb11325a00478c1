import { availableParallelism } from 'node:os';
import { isErrorCode, PycontainerError, throwTogether } from '../errors.ts';
import type { NodeKind, WarningEvent } from '../events.ts';
import type { Digest, LayerKey } from '../oci/digest.ts';
import { formatPlatform } from '../oci/platform.ts';
import { encoderDifference } from '../layer/encoder.ts';
import type { Layer } from '../layer/layer.ts';
import type { KeptLayer } from '../cache/kept-layer.ts';
import type { TargetImage } from '../image/image.ts';
import { targetImage } from '../plan/image.ts';
import type { PlatformInputs } from '../plan/inputs.ts';
import type { LayerNode, OutputNode, Plan, Recipe, TargetPlan } from '../plan/plan.ts';
import { warningsOf } from '../plan/open.ts';
import { putRecord } from '../plan/record.ts';
import { type BaseOf, makeAppLayer } from './app-layer.ts';
import { builtBase } from './built-base.ts';
import type { BuildContext } from './context.ts';
import type { LayerTask } from './layer.ts';
import { type Moved, movedFor } from './moved.ts';
import { makePackageLayer } from './package-layer.ts';
import { type Failure, runWorks, type Work } from './schedule.ts';
import { makeVenvLayer } from './venv-layer.ts';

/** What a build came to. */
export interface BuildResult {
  readonly targets: readonly BuiltTarget[];
  /** Layers that were made, and those that were there. */
  readonly built: number;
  readonly fresh: number;
}

export interface BuiltTarget {
  readonly plan: TargetPlan;
  readonly image: TargetImage;
  /** By the output's name. */
  readonly deliveries: ReadonlyMap<string, Moved>;
  /** Every layer of ours by its key. */
  readonly layers: ReadonlyMap<LayerKey, Layer>;
}

export interface BuildOptions extends BuildContext {
  /** The manifest's folder: what was built is written down for it. */
  readonly root: string;
}

const progressEveryMs = 100;

/**
 * Makes what is stale and delivers every image whose outputs lack it. Outputs are reached only when all layers of all
 * targets are there. Throws all that failed, together; what was made until then stays in the store.
 */
export async function build(plan: Plan, options: BuildOptions): Promise<BuildResult> {
  const stale = plan.layers.filter(({ state }) => state === 'stale');
  if (stale.length > 0) warnOfEncoder(options);
  const made = new Map(
    plan.layers.flatMap((node): readonly (readonly [LayerKey, Layer])[] =>
      node.layer === undefined ? [] : [[node.key, node.layer]],
    ),
  );
  for (const { recipe, warnings } of plan.layers) refuseIfStrict(warnings, recipe);
  const works = stale.map((node) => layerWork(node, plan, made, options));
  throwFailures(await runWorks(works, availableParallelism(), options.signal), plan);
  const targets: BuiltTarget[] = [];
  for (const target of plan.bases) await putRecords(target, made, options);
  for (const target of plan.targets) targets.push(await deliverTarget(target, plan, made, options));
  return { targets, built: stale.length, fresh: plan.layers.length - stale.length };
}

function layerWork(node: LayerNode, plan: Plan, made: Map<LayerKey, Layer>, options: BuildOptions): Work {
  const { recipe, key, id } = node;
  const idOf = new Map(plan.layers.map((layer) => [layer.key, layer.id]));
  const baseOf: BaseOf = (below) => builtBase(below, plan, made);
  return {
    id,
    after: recipe.kind === 'package' ? [] : recipe.after.flatMap((below) => idOf.get(below) ?? []),
    run: () =>
      told(node, options, async (onProgress) => {
        const layer = await make(node, baseOf, options, onProgress);
        const warnings = warningsOf(layer, usersOf(node, plan));
        refuseIfStrict(warnings, recipe);
        for (const warning of warnings) options.emit(warning);
        await options.store.putResult('layer', key, layer, [layer.digest]);
        made.set(key, layer);
        return layer;
      }),
  };
}

function usersOf({ key }: LayerNode, { targets }: Plan): readonly PlatformInputs[] {
  return targets.flatMap(({ platforms }) =>
    platforms.flatMap(({ inputs, layers }) => (layers.includes(key) ? [inputs] : [])),
  );
}

/** Another zlib than that of the official builds of Node gives other digests, with equal DiffIds. */
function warnOfEncoder({ emit }: BuildOptions): void {
  if (encoderDifference === '') return;
  emit({
    type: 'warning',
    code: 'encoder-differs',
    message: `This Node.js ${process.version} compresses in its own way, so layers get other digests here than elsewhere`,
    hint: 'Use a build of Node.js from nodejs.org, or the npm package `node`.',
  });
}

/** What is odd about the packages is an error under `strict`, in a layer that is kept as in a new one. */
function refuseIfStrict(warnings: readonly WarningEvent[], recipe: Recipe): void {
  if (recipe.kind !== 'venv') return;
  const isRefused = ({ code }: WarningEvent): boolean =>
    recipe.strict || (recipe.refusesConflicts && code === 'wheel-conflict');
  throwTogether(warnings.filter(isRefused).map(asStrictError));
}

function asStrictError({ code, message, hint, location }: WarningEvent): PycontainerError {
  return new PycontainerError(isErrorCode(code) ? code : 'wheel-invalid', message, { hint, location });
}

function make(
  { recipe, kind, usedBy }: LayerNode,
  baseOf: BaseOf,
  options: BuildOptions,
  onProgress: LayerTask['onProgress'],
): Promise<KeptLayer> {
  const task: LayerTask = { onProgress, pieces: JSON.stringify([options.root, usedBy[0], kind]) };
  switch (recipe.kind) {
    case 'package':
      return makePackageLayer(recipe, options, task);
    case 'venv':
      return makeVenvLayer(recipe, options);
    case 'app':
      return makeAppLayer(recipe, baseOf, options, task);
  }
}

async function told(
  node: LayerNode,
  { emit }: BuildOptions,
  work: (onProgress: LayerTask['onProgress']) => Promise<KeptLayer>,
): Promise<void> {
  const { id, kind, reasons } = node;
  const title = titleOf(node);
  emit({ type: 'node-started', node: id, kind, title, reasons });
  const started = performance.now();
  let last = started;
  try {
    const layer = await work((doneBytes, totalBytes) => {
      if (performance.now() - last < progressEveryMs) return;
      last = performance.now();
      emit({ type: 'node-progress', node: id, doneBytes, totalBytes });
    });
    const { sizeBytes, digest, diffId } = layer;
    emit({
      type: 'node-finished',
      node: id,
      kind,
      title,
      durationMs: performance.now() - started,
      sizeBytes,
      key: node.key,
      digest,
      diffId,
    });
  } catch (error) {
    emit({ type: 'node-failed', node: id, error: asOurs(error) });
    throw error;
  }
}

/** Names the images beside what would be the same for each of them. */
function titleOf({ kind, title, usedBy }: LayerNode): string {
  return kind === 'package' ? title : `${title} of ${usedBy.join(', ')}`;
}

async function deliverTarget(
  target: TargetPlan,
  plan: Plan,
  made: ReadonlyMap<LayerKey, Layer>,
  options: BuildOptions,
): Promise<BuiltTarget> {
  const image = targetImage(target.target.name, target.platforms, made, plan.layers);
  if (image === undefined) throw new PycontainerError('internal', `Not all layers of ${target.target.name} were made`);
  const deliveries = new Map<string, Moved>();
  for (const node of target.outputs) deliveries.set(node.output.name, await deliver(node, target, image, options));
  await putRecords(target, made, options);
  return {
    plan: target,
    image,
    deliveries,
    layers: new Map([...made].filter(([key]) => target.platforms.some(({ layers }) => layers.includes(key)))),
  };
}

/** Writes down what a target was built from, for the reasons of the next plan. */
async function putRecords(
  { target, platforms }: TargetPlan,
  made: ReadonlyMap<LayerKey, Layer>,
  { root, store }: BuildOptions,
): Promise<void> {
  for (const { inputs, layers, record } of platforms) {
    const digests: Record<LayerKey, Digest> = {};
    for (const key of layers) {
      const layer = made.get(key);
      if (layer !== undefined) digests[key] = layer.digest;
    }
    const place = { root, target: target.name, platform: formatPlatform(inputs.platform) };
    await putRecord(store, place, { ...record, layers: digests });
  }
}

async function deliver(
  { id, output, reasons }: OutputNode,
  { target }: TargetPlan,
  image: TargetImage,
  options: BuildOptions,
): Promise<Moved> {
  const { emit, signal } = options;
  const kind: NodeKind = 'output';
  const title = `${target.name} → ${output.name}`;
  const started = performance.now();
  emit({ type: 'node-started', node: id, kind, title, reasons });
  try {
    const delivery = await output.deliver(image, {
      ...(signal === undefined ? {} : { signal }),
      onProgress: (doneBytes, totalBytes) => {
        emit({ type: 'node-progress', node: id, doneBytes, totalBytes });
      },
    });
    const moved = movedFor(image, delivery);
    const { digest } = image.root.descriptor;
    emit({ type: 'node-finished', node: id, kind, title, durationMs: performance.now() - started, digest });
    emit({ type: 'delivered', target: target.name, output: output.name, digest, tags: target.tags, ...moved });
    return moved;
  } catch (error) {
    emit({ type: 'node-failed', node: id, error: asOurs(error) });
    throw error;
  }
}

function throwFailures(failures: readonly Failure[], plan: Plan): void {
  const users = new Map(plan.layers.map(({ id, title, usedBy }) => [id, `${title} (for ${usedBy.join(', ')})`]));
  const foreign = failures.find(({ error }) => !(error instanceof PycontainerError));
  if (foreign !== undefined) throw foreign.error;
  throwTogether(
    failures.flatMap(({ id, error }) => {
      if (!(error instanceof PycontainerError)) return [];
      const what = users.get(id);
      if (what === undefined) return [error];
      const { code, message, hint, location, cause, others } = error;
      return [new PycontainerError(code, `${message} [while making ${what}]`, { hint, location, cause, others })];
    }),
  );
}

function asOurs(error: unknown): PycontainerError {
  if (error instanceof PycontainerError) return error;
  return new PycontainerError('internal', error instanceof Error ? error.message : String(error), { cause: error });
}
