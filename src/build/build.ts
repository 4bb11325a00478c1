import { availableParallelism } from 'node:os';
import { isErrorCode, PycontainerError, throwTogether } from '../errors.ts';
import type { WarningEvent } from '../events.ts';
import type { LayerKey } from '../oci/digest.ts';
import { encoderDifference } from '../layer/encoder.ts';
import { repositoryName } from '../cache/doors.ts';
import type { LayerFacts } from '../cache/facts.ts';
import type { CachedLayer, KeptLayer } from '../cache/kept-layer.ts';
import { storeLayer } from '../cache/stored.ts';
import type { TargetImage } from '../image/image.ts';
import { workDone } from '../store/garbage.ts';
import { targetImage } from '../plan/image.ts';
import type { PlatformInputs } from '../plan/inputs.ts';
import { limitErrors, limitErrorsAfter } from '../plan/limits.ts';
import type { LayerNode, Plan, Recipe } from '../plan/plan.ts';
import { warningsOf } from '../plan/open.ts';
import { type BaseOf, makeAppLayer } from './app-layer.ts';
import { builtBase } from './built-base.ts';
import { cachedFacts } from './cached-facts.ts';
import type { BuildContext } from './context.ts';
import type { LayerTask } from './layer.ts';
import { type BuiltTarget, deliverTargets } from './deliver.ts';
import { asOurs, throwFailures } from './failures.ts';
import { keepInCaches } from './keep.ts';
import { makePackageLayer } from './package-layer.ts';
import { checkRoom } from './room.ts';
import { runWorks, type Work } from './schedule.ts';
import { cacheScope, takeLayer } from './take.ts';
import { makeVenvLayer } from './venv-layer.ts';
import { dropVeryLargeWheels, makeThoughDropped } from './very-large-wheels.ts';

/** What a build came to. */
export interface BuildResult {
  readonly targets: readonly BuiltTarget[];
  /** Layers that were made, and those that were there. */
  readonly built: number;
  readonly fresh: number;
}

const progressEveryMs = 100;

/**
 * Makes what is stale, brings what remote caches have, and delivers every image whose outputs lack it. Outputs are reached
 * only when all layers of all targets are there, and no image is larger than its limits allow; remote caches are written
 * after them. Throws all that failed, together; what was made until then stays in the store.
 */
export async function build(plan: Plan, options: BuildContext): Promise<BuildResult> {
  throwTogether(limitErrors(plan));
  const { made, built, replaced } = await makeLayers(plan, options);
  throwTogether(limitErrorsAfter(plan, made));
  await options.turn?.stands;
  try {
    const targets = await deliverTargets(plan, made, options);
    return { targets, built: built.size, fresh: plan.layers.length - built.size };
  } finally {
    if (options.signal?.aborted !== true) await keepInCaches(plan, made, replaced, options);
  }
}

/** Makes what is stale, into the store alone. Answers with the images of the targets that were asked for, in their order. */
export async function makeImages(plan: Plan, options: BuildContext): Promise<readonly TargetImage[]> {
  const { made } = await makeLayers(plan, options);
  return plan.targets.flatMap(({ target, platforms }) => targetImage(target.name, platforms, made, plan.layers) ?? []);
}

async function makeLayers(plan: Plan, options: BuildContext): Promise<Layers> {
  const wanted = plan.layers.filter(({ layer }) => layer === undefined || layer.cache !== undefined);
  if (wanted.some(({ state }) => state === 'stale')) warnOfEncoder(options);
  for (const { recipe, warnings } of plan.layers) refuseIfStrict(warnings, recipe);
  await checkRoom(wanted, options.store);
  const layers: Layers = { made: new Map(plan.layers.flatMap(keptHere)), built: new Set(), replaced: new Set() };
  const works = largestFirst(wanted).map((node) => layerWork(node, plan, layers, options));
  const during = new Map(
    plan.layers.map(({ id, title, usedBy }) => [id, `while making ${title} (for ${usedBy.join(', ')})`]),
  );
  throwFailures(await runWorks(works, availableParallelism(), options.signal), during);
  const built = wanted.filter(({ key }) => layers.built.has(key));
  await dropVeryLargeWheels(built, options.store);
  return layers;
}

/** So that at the end nothing is waited for alone. */
function largestFirst(nodes: readonly LayerNode[]): readonly LayerNode[] {
  return nodes.toSorted((a, b) => b.sizeBytes - a.sizeBytes);
}

/** What becomes of the plan's layers. */
interface Layers {
  readonly made: Map<LayerKey, KeptLayer>;
  /** Made by this build. */
  readonly built: Set<LayerKey>;
  /** Those of them that take the place of what remote caches have. */
  readonly replaced: Set<LayerKey>;
}

function keptHere({ key, layer }: LayerNode): readonly (readonly [LayerKey, KeptLayer])[] {
  return layer === undefined || layer.cache !== undefined ? [] : [[key, layer]];
}

function layerWork(node: LayerNode, plan: Plan, layers: Layers, options: BuildContext): Work {
  const { recipe, key, id } = node;
  const idOf = new Map(plan.layers.map((layer) => [layer.key, layer.id]));
  return {
    id,
    after: recipe.kind === 'package' ? [] : recipe.after.flatMap((below) => idOf.get(below) ?? []),
    run: async () => {
      const found = isCached(node.layer) ? await takeLayer(node, node.layer, plan, options) : undefined;
      layers.made.set(key, found ?? (await makeAnew(lost(node), plan, layers.made, options)));
      if (found !== undefined) return;
      layers.built.add(key);
      const isAsked = node.reasons.some(({ kind }) => kind === 'asked');
      if (isAsked || options.cache?.wrong.has(key) === true) layers.replaced.add(key);
    },
  };
}

function isCached(layer: KeptLayer | undefined): layer is CachedLayer {
  return layer?.cache !== undefined;
}

/** A layer that has to be made after all says so. */
function lost(node: LayerNode): LayerNode {
  if (!isCached(node.layer)) return node;
  const { cache, digest } = node.layer;
  return { ...node, reasons: [{ kind: 'cache-lost', cache: repositoryName(cache), digest }] };
}

async function makeAnew(
  node: LayerNode,
  plan: Plan,
  made: ReadonlyMap<LayerKey, KeptLayer>,
  options: BuildContext,
): Promise<KeptLayer> {
  const { recipe, key } = node;
  const baseOf: BaseOf = (below) => builtBase(below, plan, made);
  return told(node, options, async (onProgress) => {
    const scope = cacheScope(node, plan);
    const foreign =
      recipe.kind === 'package' ? [] : recipe.after.filter((below) => made.get(below)?.isForeign === true);
    const facts = await Promise.all(foreign.map((below) => cachedFacts(below, scope, options)));
    const parts = { baseOf, recalled: new Map(facts.flatMap((one) => [...one])) };
    const layer = await makeThoughDropped(recipe, () => make(node, parts, options, onProgress));
    workDone();
    const warnings = warningsOf(layer, usersOf(node, plan));
    refuseIfStrict(warnings, recipe);
    for (const warning of warnings) options.emit(warning);
    if (foreign.length === 0) await options.store.putResult('layer', key, layer, [layer.digest]);
    else await storeLayer(options.store, key, scope, layer);
    return foreign.length === 0 ? layer : { ...layer, isForeign: true };
  });
}

/** Images that have the layer as one of their own. */
function usersOf({ key }: LayerNode, { bases, targets }: Plan): readonly PlatformInputs[] {
  return [...bases, ...targets].flatMap(({ platforms }) =>
    platforms.flatMap(({ inputs, own }) => (own.includes(key) ? [inputs] : [])),
  );
}

/** Another zlib than that of the official builds of Node gives other digests, with equal DiffIds. */
function warnOfEncoder({ emit }: BuildContext): void {
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

/** What is there of other layers when one is made of them. */
interface Parts {
  readonly baseOf: BaseOf;
  readonly recalled: LayerFacts;
}

function make(
  { recipe, kind, usedBy }: LayerNode,
  { baseOf, recalled }: Parts,
  options: BuildContext,
  onProgress: LayerTask['onProgress'],
): Promise<KeptLayer> {
  const task: LayerTask = { onProgress, pieces: JSON.stringify([options.root, usedBy[0], kind]) };
  switch (recipe.kind) {
    case 'package':
      return makePackageLayer(recipe, options, task);
    case 'venv':
      return makeVenvLayer(recipe, recalled, options);
    case 'app':
      return makeAppLayer(recipe, baseOf, options, task);
  }
}

async function told(
  node: LayerNode,
  { emit }: BuildContext,
  work: (onProgress: LayerTask['onProgress']) => Promise<KeptLayer>,
): Promise<KeptLayer> {
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
    return layer;
  } catch (error) {
    emit({ type: 'node-failed', node: id, error: asOurs(error) });
    throw error;
  }
}

/** Names the images beside what would be the same for each of them. */
function titleOf({ kind, title, usedBy }: LayerNode): string {
  return kind === 'package' ? title : `${title} of ${usedBy.join(', ')}`;
}
