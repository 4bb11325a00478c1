import { PycontainerError } from './errors.ts';
import type { Config, Target } from './config/target.ts';
import type { RegistryClient } from './registry/client.ts';
import type { Engine, EngineAbsence } from './engine/engine.ts';
import type { BaseSources } from './base/sources.ts';
import { type Caches, type CacheUse, openCaches } from './cache/open.ts';
import { draw } from './plan/draw.ts';
import { gather, type Gathered } from './plan/gather/gather.ts';
import { lookUpCached } from './plan/gather/cached.ts';
import { gatherLocks } from './plan/gather/lock.ts';
import { lookUpKnown, withOutputs } from './plan/gather/known.ts';
import type { Seen } from './plan/gather/seen.ts';
import type { PlanSources } from './plan/gather/sources.ts';
import { judge } from './plan/judge.ts';
import { type BasePins, samePins, writePins } from './plan/lockfile.ts';
import { forEngine, withFact } from './plan/for-engine.ts';
import { Images } from './plan/images.ts';
import { openSources, type OpenedSources, type SourceOptions } from './plan/open-sources.ts';
import { engineUse, notLoaded, outputsOf } from './plan/outputs.ts';
import type { Plan } from './plan/plan.ts';
import type { TargetImage } from './image/image.ts';
import { build, type BuildResult, makeImages } from './build/build.ts';
import type { BuildContext } from './build/context.ts';
import { OwnAppLayers } from './build/superseded.ts';
import { boundForEngine } from './run/bound-for-engine.ts';
import { type OneCommandOptions, runOneCommand } from './run/one-command.ts';
import { projectOf } from './run/project.ts';
import { type Running, type StartOptions, startTargets } from './run/running.ts';
import { makeVolumeFolders } from './run/volumes.ts';

export { PycontainerError, type ErrorCode, type SourceLocation } from './errors.ts';
export type { Emit, Event, Reason } from './events.ts';
export { assumeConfig } from './config/assume.ts';
export { loadConfig } from './config/load.ts';
export { overrideTargets, selectTargets } from './config/select.ts';
export type { Config, Target } from './config/target.ts';
export type { BuildResult } from './build/build.ts';
export type { BuiltTarget } from './build/deliver.ts';
export { doneEvent } from './build/done.ts';
export type { Running } from './run/running.ts';
export { watch, type WatchOptions } from './watch/watch.ts';
export { plannedEvent } from './plan/planned.ts';
export type { Plan, TargetPlan, LayerNode, OutputNode } from './plan/plan.ts';

/** Lock files as the user would type them, and whether they had to change. */
export type LockedFiles = readonly { readonly shown: string; readonly changed: boolean }[];

export interface WorkspaceOptions extends SourceOptions {
  /** Send images to the registries that their tags name. */
  readonly push?: boolean;
  /** Give images to the engine, also where a target does not say so. */
  readonly load?: boolean;
  /** Fail where pycontainer.lock would change. */
  readonly locked?: boolean;
  /** Make every layer, whatever the store and remote caches hold. */
  readonly noCache?: boolean;
  /** What is done with the remote caches of targets. Default: all that the manifest says. */
  readonly caches?: CacheUse;
}

export interface PlanOptions {
  readonly remote?: boolean;
  /** Folders in which something may have changed since the plan before, absolute; absent: anywhere. */
  readonly changedIn?: Iterable<string> | undefined;
}

/** A manifest with all that plans and builds need: store, network, credentials. To be closed. */
export class Workspace implements AsyncDisposable {
  readonly config: Config;
  readonly images: Images;
  readonly #options: WorkspaceOptions;
  readonly #sources: PlanSources;
  readonly #client: RegistryClient;
  readonly #opened: OpenedSources;
  readonly #caches: Caches;
  #hasBuilt = false;
  readonly #appLayers = new OwnAppLayers();
  readonly #gathered = new WeakMap<Plan, Gathered>();

  private constructor(config: Config, options: WorkspaceOptions, opened: OpenedSources) {
    const { sources, client } = opened;
    this.config = config;
    this.#options = options;
    this.#sources = sources;
    this.#client = client;
    this.#opened = opened;
    this.images = new Images(config, sources.cwd, { ...sources, keepLayers: true });
    const { store, emit, offline, signal } = sources;
    const use = offline ? 'no' : (options.caches ?? 'write');
    const parts = { client, store, emit, ...(signal === undefined ? {} : { signal }) };
    this.#caches = openCaches(parts, use, options.noCache ?? false);
  }

  /** Opens the store and reads credentials' places; asks no network. Throws 'store-unusable', 'lock-syntax'. */
  static async open(config: Config, options: WorkspaceOptions = {}): Promise<Workspace> {
    const opened = await openSources(config, options);
    if (options.lasting === true) opened.sources.store.holdResults();
    return new Workspace(config, options, opened);
  }

  /**
   * Decides what is to be done for the targets. Asks the network only for what was never seen; with `remote`, also
   * registries for what they lack. Writes nothing but what it learned into the store.
   */
  async plan(targets: readonly Target[], { remote = false, changedIn }: PlanOptions = {}): Promise<Plan> {
    const sources = this.#sources;
    sources.memory.begin(changedIn);
    const load = this.#options.load ?? false;
    const engine = targets.some((target) => engineUse(target, load) !== 'no') ? await this.engine() : undefined;
    const gathered = await gather(
      targets.map((target) => forEngine(target, engine, load)),
      sources,
    );
    this.#checkLocked(gathered.pins);
    const drawing = draw(gathered.inputs);
    const here = await lookUpKnown(drawing, sources.root, sources.store, this.#options.noCache ?? false);
    // Who builds again and again is the only one who has the app as it is now.
    const known = this.#takesForeign
      ? await lookUpCached(drawing, here, { store: sources.store, cache: this.#caches.reading }, !this.#hasBuilt)
      : here;
    const push = this.#options.push ?? false;
    const outputs = { root: sources.root, push, load, client: this.#client, engine };
    const plan = await withOutputs(
      judge(drawing, known),
      ({ target }) => outputsOf(target, outputs, this.#base()),
      remote,
    );
    const told = {
      ...plan,
      targets: plan.targets.map((target) => withFact(target, notLoaded(target.target, outputs))),
    };
    this.#gathered.set(told, gathered);
    return told;
  }

  /** Whether layers that came from caches may be taken. */
  get #takesForeign(): boolean {
    return this.#options.noCache !== true && this.#options.caches !== 'no';
  }

  /** Writes down what is held back of what was learned and built; closing does too. */
  writeResults(): void {
    this.#sources.store.writeResults();
  }

  /** Everything on this machine that the last plan looked at. */
  get seen(): Seen {
    return this.#sources.memory.seen;
  }

  /** Makes what a plan of this workspace calls stale, delivers, and pins new bases in pycontainer.lock. */
  async build(plan: Plan, options: Partial<Pick<BuildContext, 'emit' | 'turn' | 'onMade'>> = {}): Promise<BuildResult> {
    const gathered = this.#gatheredFor(plan);
    const result = await this.#built(plan, { ...this.#context(gathered), ...options });
    this.#hasBuilt = true;
    await this.#pin(gathered.pins);
    if (this.#options.lasting === true) await this.#appLayers.keepOnly(plan, result, this.#sources.store);
    return result;
  }

  async #built(plan: Plan, context: BuildContext): Promise<BuildResult> {
    try {
      return await build(plan, context);
    } catch (error) {
      if (this.#options.lasting === true) await this.#appLayers.note(plan, context.store);
      throw error;
    }
  }

  /** Makes the same without delivering or writing anything but into the store. @returns the targets' images, in order */
  async make(plan: Plan): Promise<readonly TargetImage[]> {
    return makeImages(plan, this.#context(this.#gatheredFor(plan)));
  }

  #gatheredFor(plan: Plan): Gathered {
    const gathered = this.#gathered.get(plan);
    if (gathered === undefined) throw new PycontainerError('internal', 'The plan is of another workspace');
    return gathered;
  }

  #context({ packages }: Gathered): BuildContext {
    const { registry, store, emit, root, signal, memory } = this.#sources;
    const { reading, share } = this.#caches;
    return {
      registry,
      store,
      emit,
      root,
      ...(reading === undefined ? {} : { cache: reading }),
      ...(share === undefined ? {} : { share }),
      finderOf: (platform) => packages.get(platform)?.finder,
      ...(this.#options.lasting === true ? { liveOf: (name) => memory.live(name) } : {}),
      ...(signal === undefined ? {} : { signal }),
    };
  }

  /**
   * Pins what the targets' bases stand for, and writes a pylock.<target>.toml for each whose dependencies no lock pins.
   * With `check` nothing is resolved and nothing written. With `all`, what none of these targets uses is taken out of
   * pycontainer.lock.
   * @returns the files, pycontainer.lock first
   */
  async lock(targets: readonly Target[], { check, all }: { check: boolean; all: boolean }): Promise<LockedFiles> {
    const sources = this.#sources;
    const gathered = await gatherLocks(targets, sources, check);
    const pins = all ? gathered.pins : this.#pinsWith(gathered.pins);
    const changed = !samePins(pins, sources.pins);
    if (!check) {
      for (const { write } of gathered.locks) await write();
      if (changed) await writePins(sources.root, pins);
    }
    return [{ shown: 'pycontainer.lock', changed }, ...gathered.locks];
  }

  /**
   * Sees that the built targets that say `run` run in the engine.
   * @param attach tells logs, health and ends
   * @throws PycontainerError as {@link startTargets}
   */
  async run(result: BuildResult, engine: Engine, { attach }: { attach: boolean }): Promise<Running> {
    return startTargets(result, { ...this.#runContext(), engine, attach });
  }

  /**
   * Runs one command in a container of its own, as the target's containers are.
   * @returns its exit status
   * @throws PycontainerError as {@link startTargets}
   */
  async runOne(
    result: BuildResult,
    engine: Engine,
    wanted: Pick<OneCommandOptions, 'target' | 'command' | 'streams'>,
  ): Promise<number> {
    return runOneCommand(result, { ...this.#runContext(), engine, ...wanted });
  }

  /** The target as it is to be planned for running it in an engine: delivered there, with the folders that it sees. */
  toRun(target: Target): Target {
    const { root, home } = this.#sources;
    makeVolumeFolders(target, home);
    return boundForEngine(target, root);
  }

  /** The container engine that this machine has, looked for once. */
  async engine(): Promise<Engine | EngineAbsence> {
    return this.#opened.engine();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.writeResults();
    await this.#opened.close();
  }

  /** Adds to pycontainer.lock what is not in it yet. */
  async #pin(added: BasePins): Promise<void> {
    const pins = this.#pinsWith(added);
    if (!samePins(pins, this.#sources.pins)) await writePins(this.#sources.root, pins);
  }

  #pinsWith(pins: BasePins): BasePins {
    return new Map([...this.#sources.pins, ...pins]);
  }

  #checkLocked(pins: BasePins): void {
    if (this.#options.locked !== true || samePins(this.#pinsWith(pins), this.#sources.pins)) return;
    const missing = [...pins.keys()].filter((key) => !this.#sources.pins.has(key));
    throw new PycontainerError(
      'locked',
      `pycontainer.lock would change${missing.length > 0 ? `: ${missing.join(', ')} is not pinned` : ''}`,
      {
        hint: 'Run `pycontainer lock` and commit pycontainer.lock.',
      },
    );
  }

  #runContext(): Omit<StartOptions, 'engine' | 'attach'> {
    const { env, home, cwd, root, emit, signal = new AbortController().signal } = this.#sources;
    return { emit, signal, project: projectOf(root), environment: (name) => env[name], home, cwd };
  }

  /** What outputs read from. */
  #base(): BaseSources {
    const { store, emit } = this.#sources;
    return { registry: this.#caches.source, store, emit };
  }
}
