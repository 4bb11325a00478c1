import { PycontainerError } from '../errors.ts';
import type { Emit } from '../events.ts';
import { inspectContainer } from '../engine/container.ts';
import type { Engine } from '../engine/engine.ts';
import type { BuildResult } from '../build/build.ts';
import type { MadeTarget } from '../build/context.ts';
import { refuseForeign } from './foreign.ts';
import { inOrder } from './in-order.ts';
import { Member } from './member.ts';
import { startOrder } from './order.ts';
import { containerName } from './project.ts';
import { type Runnable, runnableOf } from './runnable.ts';
import type { SpecContext } from './spec.ts';
import { Surroundings } from './surroundings.ts';

/** Containers that run what was built. */
export interface Running {
  /**
   * Brings the containers to what was built anew: files are put in and apps restarted as the rules of the targets say,
   * or a new container takes a place. What it does is learned by looking at what there is, so it may be called whenever
   * something may have changed. Calls one after another; a failure leaves the rest running.
   */
  update(result: BuildResult): Promise<void>;
  /**
   * The same before the images stand in the engine, as far as they need not: where a new container is to take a place,
   * all is left for {@link update}, which is to follow.
   */
  updateAhead(targets: readonly MadeTarget[]): Promise<void>;
  /** When all of them ended by themselves: the first exit status that is not 0, else 0. At once where none is attended. */
  readonly ended: Promise<number>;
  /** Asks them to stop, those first that others do not depend on; whoever takes longer than ten seconds is killed. */
  stop(): Promise<void>;
  /** Has a `stop` that waits end soon. Never rejects: what keeps containers from being killed, `stop` says too. */
  kill(): Promise<void>;
}

export interface StartOptions extends SpecContext {
  readonly engine: Engine;
  readonly emit: Emit;
  /** Ends starting, and waiting for what others depend on; what was started is stopped then. */
  readonly signal: AbortSignal;
  /** Logs, health and ends are told; else the containers are left to themselves once they run. */
  readonly attach: boolean;
  /** What runs is left as it is, whatever it runs. */
  readonly keepRunning?: boolean;
}

/**
 * Sees that each target that says `run` runs as it says, in an order in which dependencies are there before. What runs
 * already as it should stays as it is.
 *
 * @throws PycontainerError 'container-failed', 'container-foreign', 'depends-on', 'env-file-invalid', what an engine
 *   says ('engine-…'), 'interrupted'
 */
export async function startTargets(result: BuildResult, options: StartOptions): Promise<Running> {
  const session = new Session(options);
  try {
    await session.start(result);
    return session;
  } catch (error) {
    if (options.attach) await session.stop();
    throw error;
  }
}

class Session implements Running {
  readonly #options: StartOptions;
  readonly #members = new Map<string, Member>();
  readonly #surroundings: Surroundings;
  readonly #end: PromiseWithResolvers<number> = Promise.withResolvers<number>();
  #last: Promise<void> = Promise.resolve();

  constructor(options: StartOptions) {
    this.#options = options;
    this.#surroundings = new Surroundings(options.engine, options.project);
    if (!options.attach) this.#end.resolve(0);
  }

  get ended(): Promise<number> {
    return this.#end.promise;
  }

  async start(result: BuildResult): Promise<void> {
    const runnables = this.#runnablesOf(result);
    await this.#refuseForeign(runnables.keys());
    await this.#bringAll(runnables, (member, runnable) => member.start(runnable));
  }

  update(result: BuildResult): Promise<void> {
    const update = this.#last.then(() => this.#update(result));
    this.#last = update.catch(() => undefined);
    return update;
  }

  updateAhead(targets: readonly MadeTarget[]): Promise<void> {
    const update = this.#last.then(() => this.#updateAhead(targets));
    this.#last = update.catch(() => undefined);
    return update;
  }

  async stop(): Promise<void> {
    const names = [...this.#members.keys()];
    const dependents = (name: string): string[] => names.filter((other) => this.#dependencies(other).includes(name));
    await inOrder(names.toReversed(), dependents, async (name) => this.#members.get(name)?.stop());
  }

  async kill(): Promise<void> {
    await Promise.allSettled([...this.#members.values()].map((member) => member.kill()));
  }

  async #updateAhead(targets: readonly MadeTarget[]): Promise<void> {
    const runnables = this.#runnablesOf({ targets });
    const isNew = ([name, runnable]: [string, Runnable]): boolean =>
      this.#members.get(name)?.needsImage(runnable) !== false;
    if ([...runnables].some(isNew)) return;
    await this.#bringAll(runnables, (member, runnable) => member.updateAhead(runnable));
  }

  async #update(result: BuildResult): Promise<void> {
    const runnables = this.#runnablesOf(result);
    for (const [name, member] of this.#members) {
      if (runnables.has(name)) continue;
      this.#members.delete(name);
      await member.stop();
    }
    await this.#bringAll(runnables, (member, runnable) => member.update(runnable));
  }

  /** Before anything is changed. */
  async #refuseForeign(targets: Iterable<string>): Promise<void> {
    const { engine, project } = this.#options;
    for (const target of targets) {
      const name = containerName(project, target);
      const found = await inspectContainer(engine, name);
      if (found !== undefined) refuseForeign(found.labels, project, `container ${name}`);
    }
  }

  async #bringAll(
    runnables: ReadonlyMap<string, Runnable>,
    bring: (member: Member, runnable: Runnable) => Promise<void>,
  ): Promise<void> {
    const { signal } = this.#options;
    await this.#surroundings.make([...runnables.values()].map(({ spec }) => spec));
    const needed = new Set([...runnables.keys()].flatMap((name) => runnables.get(name)?.target.run?.dependsOn ?? []));
    const act = async (name: string): Promise<void> => {
      const runnable = runnables.get(name);
      if (runnable === undefined) return;
      throwIfStopped(signal);
      const member = this.#members.get(name) ?? this.#join(name);
      await bring(member, runnable);
      if (needed.has(name)) await member.untilReady(signal);
    };
    await inOrder([...runnables.keys()], (name) => runnables.get(name)?.target.run?.dependsOn ?? [], act);
  }

  #join(name: string): Member {
    const member = new Member({ keepRunning: false, ...this.#options, onEnd: () => this.#checkEnd() });
    this.#members.set(name, member);
    return member;
  }

  #checkEnd(): void {
    const statuses = [...this.#members.values()].map(({ exitCode }) => exitCode);
    if (!statuses.includes(undefined)) this.#end.resolve(statuses.find((status) => status !== 0) ?? 0);
  }

  #dependencies(name: string): readonly string[] {
    return this.#members.get(name)?.target?.run?.dependsOn ?? [];
  }

  /** In the order in which they start. */
  #runnablesOf({ targets }: { readonly targets: readonly MadeTarget[] }): ReadonlyMap<string, Runnable> {
    const built = new Map(targets.map((target) => [target.plan.target.name, target]));
    const declared = new Map(targets.map(({ plan }) => [plan.target.name, plan.target]));
    const wanted = [...declared.values()].filter(({ run }) => run !== undefined);
    return new Map(
      startOrder(wanted, declared).flatMap(({ name }) => {
        const target = built.get(name);
        return target === undefined ? [] : [[name, runnableOf(target, this.#options.engine, this.#options)]];
      }),
    );
  }
}

function throwIfStopped(signal: AbortSignal): void {
  if (signal.aborted) throw new PycontainerError('interrupted', 'Stopped');
}
