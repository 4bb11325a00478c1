import { PycontainerError, systemCode } from '../errors.ts';
import type { Emit, Event } from '../events.ts';
import type { Config, Target } from '../config/target.ts';
import type { BuildResult } from '../build/build.ts';
import type { MadeTarget, Turn } from '../build/context.ts';
import type { Seen } from '../plan/gather/seen.ts';
import type { Plan } from '../plan/plan.ts';
import { plannedEvent } from '../plan/planned.ts';
import { changedEvent, type Changes, changesBetween } from './changes.ts';
import { Documents } from './documents.ts';
import { Held } from './held.ts';
import { isStanding } from './turn.ts';

/** What a watch goes over: a workspace with the manifest as it was when this was opened. */
export interface WatchedWorkspace extends AsyncDisposable {
  readonly config: Config;
  readonly seen: Seen;
  /** @param options.changedIn absolute: folders in which something may have changed since the last one; absent: anywhere */
  plan(targets: readonly Target[], options: { readonly changedIn?: Iterable<string> | undefined }): Promise<Plan>;
  /** Delivers when the turn stands. */
  build(
    plan: Plan,
    options: { readonly emit: Emit; readonly turn: Turn; readonly onMade: OnMade },
  ): Promise<BuildResult>;
  /** Writes down what was learned; may take a while. */
  writeResults(): void;
}

/** Told of images while they are delivered; a failure of it is one of the round. */
export type OnMade = (targets: readonly MadeTarget[]) => Promise<void>;

export interface Opened {
  readonly workspace: WatchedWorkspace;
  readonly targets: readonly Target[];
}

export interface RoundsOptions {
  /** Reads the manifest and opens what it says. */
  readonly open: () => Promise<Opened>;
  readonly emit: Emit;
  readonly onMade: OnMade;
  /** Told of each round that built; a failure of it is one of the round. */
  readonly onBuilt: (result: BuildResult) => Promise<void>;
  readonly signal: AbortSignal;
}

/** What a second look mends: files that were being written or went away, blobs that were found damaged and dropped. */
const lookAgain: ReadonlySet<string> = new Set([
  'file-changed-while-read',
  'store-blob-damaged',
  'store-blob-missing',
  'ENOENT',
  'ENOTDIR',
  'ESTALE',
]);
const attempts = 3;
/** After so long without a round. */
const restMs = 1000;

/**
 * The rounds of a watch: each looks at things as they are now, and brings images up to date where they are not. What
 * fails is told and leaves everything as the last good round left it; a broken manifest leaves the last good one.
 */
export class Rounds implements AsyncDisposable {
  readonly #options: RoundsOptions;
  #opened: Opened;
  #documents: Documents;
  /** The manifest was read anew, and no round has come of it yet. */
  #isNew = true;
  /** The next round is to build and deliver, stale or not. */
  #isForced = false;
  /** As the last good round saw it. */
  #seen: Seen | undefined;
  /** Digests by target. */
  #delivered: ReadonlyMap<string, string> = new Map();
  /** What the containers were told of beside their images: lists that stay the same while nothing changes. */
  #watched: readonly unknown[] = [];
  #manifestError: PycontainerError | undefined;
  /** What was told last, until it is mended. */
  #failure: PycontainerError | undefined;
  /** The last round could not bring everything up to date. */
  #isBehind = false;
  /** The last round looked at all that it was told of; a void one may not have. */
  #hasLooked = false;
  #facts: ReadonlySet<string> = new Set();
  #files = -1;
  #resting: NodeJS.Timeout | undefined;

  private constructor(options: RoundsOptions, opened: Opened, documents: Documents) {
    this.#options = options;
    this.#opened = opened;
    this.#documents = documents;
  }

  /** Throws what a manifest that cannot be used has to say. */
  static async open(options: RoundsOptions): Promise<Rounds> {
    const opened = await options.open();
    return new Rounds(options, opened, Documents.of(opened.workspace.config));
  }

  /** Has the next round build and deliver, whatever it finds. */
  force(): void {
    this.#isForced = true;
  }

  /**
   * Never throws. Answers with the folders whose changes matter. Tells and delivers nothing before its turn stands, and
   * of a void round nothing is ever noticed.
   * @param changedIn folders in which something may have changed since the round before; absent: anywhere
   */
  async round(turn: Turn, firstMs: number, changedIn?: ReadonlySet<string>): Promise<ReadonlySet<string>> {
    clearTimeout(this.#resting);
    if (this.#documents.again() !== undefined && (await isStanding(turn))) await this.#openAgain();
    const isTrusted = !this.#isNew && !this.#isForced && !this.#isBehind && this.#hasLooked;
    this.#hasLooked = false;
    const error = await this.#bringUpToDate(turn, firstMs, isTrusted ? changedIn : undefined);
    if (await isStanding(turn)) {
      this.#isBehind = error !== undefined;
      if (!this.#options.signal.aborted) this.#tell(error);
    }
    this.#resting = setTimeout(() => this.#rest(), restMs).unref();
    const { seen } = this.#opened.workspace;
    return seen.folders.union(this.#seen?.folders ?? new Set<string>()).union(this.#documents.folders);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#resting);
    await this.#opened.workspace[Symbol.asyncDispose]();
  }

  /** What can wait until nobody waits for an image. A store that cannot be written to is told by the next build. */
  #rest(): void {
    try {
      this.#opened.workspace.writeResults();
    } catch (error) {
      if (!(error instanceof PycontainerError)) throw error;
    }
  }

  async #openAgain(): Promise<void> {
    const documents = this.#documents.again();
    if (documents === undefined) return;
    this.#documents = documents;
    try {
      const opened = await this.#options.open();
      await this.#opened.workspace[Symbol.asyncDispose]();
      this.#opened = opened;
      this.#documents = documents.for(opened.workspace.config);
      this.#isNew = true;
      this.#manifestError = undefined;
    } catch (error) {
      this.#manifestError = asOurs(error);
    }
  }

  async #bringUpToDate(
    turn: Turn,
    firstMs: number,
    changedIn?: ReadonlySet<string>,
  ): Promise<PycontainerError | undefined> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#attempt(turn, firstMs, attempt === 1, attempt === 1 ? changedIn : undefined);
        return undefined;
      } catch (error) {
        if (this.#options.signal.aborted || !(await isStanding(turn))) return undefined;
        if (!isMendedByLooking(error) || attempt >= attempts) return asOurs(error);
      }
    }
  }

  async #attempt(turn: Turn, firstMs: number, isFirst: boolean, changedIn?: ReadonlySet<string>): Promise<void> {
    const { workspace, targets } = this.#opened;
    const held = new Held(this.#options.emit, turn);
    const { emit } = held;
    const startedMs = performance.now();
    const plan = await workspace.plan(targets, { changedIn });
    this.#hasLooked = true;
    held.after(() => this.#tellFacts(plan));
    const isAsked = this.#isForced;
    held.after(() => (this.#isForced = false));
    const watched = watchedOf(plan);
    const isStill = !isStale(plan, this.#delivered) && watched.every((one, index) => one === this.#watched[index]);
    if (!isAsked && !this.#isNew && !this.#isBehind && isStill) return;
    const changes = this.#changes(workspace.seen);
    // A round that was asked for, or an output that somebody took away, has no change before it.
    if (isFirst && this.#seen !== undefined && changes.size > 0) emit(changedEvent(changes, workspace.config.root));
    emit(plannedEvent(plan, performance.now() - startedMs));
    const seen = workspace.seen;
    // What takes long is shown while it goes on.
    if (!plan.layers.every(({ kind, state }) => kind === 'app' || state === 'fresh')) await turn.stands;
    const result = await workspace.build(plan, { emit, turn, onMade: this.#options.onMade });
    this.#documents.readLockAgain();
    await this.#options.onBuilt(result);
    this.#seen = seen;
    this.#isNew = false;
    this.#watched = watched;
    this.#delivered = new Map(
      result.targets.map(({ plan: { target }, image }) => [target.name, image.root.descriptor.digest]),
    );
    emit({ type: 'rebuilt', targets: targets.map(({ name }) => name), durationMs: performance.now() - firstMs });
  }

  #changes(now: Seen): Changes {
    const changes = this.#seen === undefined ? new Map() : changesBetween(this.#seen, now);
    return this.#isNew ? new Map([...changes, ...this.#documents.changed]) : changes;
  }

  /** Failures, once each; that there are none any more; and what is waited for. */
  #tell(error: PycontainerError | undefined): void {
    const { emit } = this.#options;
    const failure = error ?? this.#manifestError;
    if (failure !== undefined && !isSameFailure(failure, this.#failure)) emit({ type: 'failed', error: failure });
    if (failure === undefined && this.#failure !== undefined) emit({ type: 'mended' });
    this.#failure = failure;
    const files = countFiles(this.#opened.workspace.seen);
    if (files === this.#files) return;
    this.#files = files;
    emit({ type: 'watching', targets: this.#opened.targets.map(({ name }) => name), files });
  }

  /** What the plan assumes and warns of, as far as the plan before did not. */
  #tellFacts({ bases, targets, layers }: Plan): void {
    const all = [...bases, ...targets];
    const facts = new Map<string, Event>();
    const note = (event: Event): void => void facts.set(JSON.stringify(event), event);
    for (const { target, assumed } of all) {
      for (const what of assumed) note({ type: 'assumed', target: target.name, what });
    }
    for (const warning of [...all, ...layers].flatMap(({ warnings }) => warnings)) note(warning);
    for (const [key, fact] of facts) if (!this.#facts.has(key)) this.#options.emit(fact);
    this.#facts = new Set(facts.keys());
  }
}

/** Whether an image is not yet what it was delivered as, or a place that can be asked lacks it. */
function isStale({ targets }: Plan, delivered: ReadonlyMap<string, string>): boolean {
  return targets.some(
    ({ target, image, outputs }) =>
      image === undefined ||
      delivered.get(target.name) !== image.root.descriptor.digest ||
      outputs.some(({ asked, state }) => asked && state === 'stale'),
  );
}

function watchedOf({ targets }: Plan): readonly unknown[] {
  return targets.flatMap(({ platforms }) =>
    platforms.flatMap(({ inputs }) => (inputs.watched ?? []).map(({ entries }) => entries)),
  );
}

function isMendedByLooking(error: unknown): boolean {
  if (!(error instanceof PycontainerError)) return lookAgain.has(systemCode(error) ?? '');
  return [error, ...error.others].every(({ code }) => lookAgain.has(code));
}

function isSameFailure(a: PycontainerError, b: PycontainerError | undefined): boolean {
  const parts = ({ code, message, location }: PycontainerError): string => JSON.stringify([code, message, location]);
  return b !== undefined && parts(a) === parts(b);
}

function asOurs(error: unknown): PycontainerError {
  if (error instanceof PycontainerError) return error;
  return new PycontainerError('internal', error instanceof Error ? error.message : String(error), { cause: error });
}

function countFiles({ files }: Seen): number {
  return new Set([...files.values()].flatMap((choice) => choice.files.map(({ source }) => source))).size;
}
