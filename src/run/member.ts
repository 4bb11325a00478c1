import { PycontainerError } from '../errors.ts';
import type { ContainerState, Emit } from '../events.ts';
import type { Target } from '../config/target.ts';
import {
  type Container,
  inspectContainer,
  killContainer,
  restartContainer,
  stopContainer,
} from '../engine/container.ts';
import type { Engine } from '../engine/engine.ts';
import { Attendant } from './attendant.ts';
import { type Before, bringUp, stopGraceSeconds } from './bring-up.ts';
import { type Changes } from './changes.ts';
import { decide } from './decide.ts';
import { healthChanges } from './health.ts';
import { parsePublished, urlOf } from './ports.ts';
import type { Project } from './project.ts';
import type { Runnable } from './runnable.ts';
import { FileSync } from './sync.ts';

/** An app that is restarted for new code has less time to end than one that is stopped for good. */
const restartGraceSeconds = 2;

export interface MemberOptions {
  readonly engine: Engine;
  readonly project: Project;
  readonly emit: Emit;
  readonly attach: boolean;
  /** One that runs is left as it is, whatever it runs. */
  readonly keepRunning: boolean;
  /** It ended by itself. */
  readonly onEnd: () => void;
}

/** One target's container in a session, and those that take its place. */
export class Member {
  readonly #options: MemberOptions;
  #runnable: Runnable | undefined;
  #container: Container | undefined;
  #attendant: Attendant | undefined;
  #files = new FileSync();
  /** Some files may have been put in and others not. */
  #isTorn = false;
  /** The engine may not have the image yet. */
  #isAhead = false;
  /** Of a container that ended by itself. */
  exitCode: number | undefined;

  constructor(options: MemberOptions) {
    this.#options = options;
  }

  get target(): Target | undefined {
    return this.#runnable?.target;
  }

  async start(runnable: Runnable): Promise<void> {
    await this.#bringUp(runnable, this.#options.keepRunning ? 'keep' : 'compare');
  }

  async update(runnable: Runnable): Promise<void> {
    const before = this.#runnable;
    if (before === undefined || this.#container === undefined) return this.start(runnable);
    const action = decide(before, runnable);
    if (this.#isTorn || action.kind === 'replace') return this.#bringUp(runnable, 'replace');
    if (action.kind === 'sync') return this.#sync(runnable, action.changes, action.restart);
    this.#runnable = runnable;
    if (action.kind === 'restart') await this.#restart(performance.now());
  }

  /** Whether a new container is to take the place, or there is none yet. */
  needsImage(runnable: Runnable): boolean {
    const before = this.#runnable;
    if (before === undefined || this.#container === undefined || this.#isTorn) return true;
    return decide(before, runnable).kind === 'replace';
  }

  /** What of {@link update} needs no image that the engine may not have yet; the rest is left for it. */
  async updateAhead(runnable: Runnable): Promise<void> {
    this.#isAhead = true;
    try {
      if (!this.needsImage(runnable)) await this.update(runnable);
    } finally {
      this.#isAhead = false;
    }
  }

  /** Healthy where it is checked, else started; one that ended with 0 did what it was to do. */
  async untilReady(signal: AbortSignal): Promise<void> {
    const { engine, attach } = this.#options;
    const [container, runnable] = [this.#container, this.#runnable];
    if (container === undefined || runnable === undefined) return;
    const { checkEveryMs } = runnable.spec;
    if (checkEveryMs === undefined) {
      this.#refuseFailed((await inspectContainer(engine, container.id)) ?? container);
      return;
    }
    for await (const now of healthChanges(engine, container.id, signal, attach ? undefined : checkEveryMs)) {
      if (now.health === 'healthy' && now.isRunning) return;
      this.#refuseFailed(now);
    }
  }

  async stop(): Promise<void> {
    const container = this.#container;
    if (container === undefined) return;
    const { engine, emit } = this.#options;
    const wasRunning = this.exitCode === undefined;
    this.#attendant?.expectEnd();
    await stopContainer(engine, container.id, stopGraceSeconds);
    await this.#attendant?.ended.catch(() => undefined);
    if (wasRunning) emit({ type: 'container', target: this.#name, name: container.name, state: 'stopped' });
  }

  async kill(): Promise<void> {
    this.#attendant?.expectEnd();
    if (this.#container !== undefined) await killContainer(this.#options.engine, this.#container.id);
  }

  get #name(): string {
    return this.#runnable?.spec.target ?? '';
  }

  async #bringUp(runnable: Runnable, policy: Before): Promise<void> {
    const { engine, project } = this.#options;
    const begun = performance.now();
    this.#attendant?.expectEnd();
    this.#runnable = runnable;
    const { container, how } = await bringUp(engine, project, runnable.spec, runnable.image, policy);
    this.#files = new FileSync();
    this.#isTorn = false;
    this.#attend(container, how === 'unchanged');
    this.#tell(how, how === 'unchanged' ? {} : { durationMs: performance.now() - begun });
  }

  async #replace(runnable: Runnable): Promise<void> {
    this.#isTorn = true;
    if (!this.#isAhead) await this.#bringUp(runnable, 'replace');
  }

  async #sync(runnable: Runnable, changes: Changes, restart: boolean): Promise<void> {
    const container = this.#container;
    if (container === undefined) return;
    const begun = performance.now();
    const now = await inspectContainer(this.#options.engine, container.id);
    if (now === undefined) return this.#replace(runnable);
    this.#isTorn = true;
    const files = await this.#files.apply(this.#options.engine, now, changes, runnable.interpreter);
    if (files === false) return this.#replace(runnable);
    this.#isTorn = false;
    this.#runnable = runnable;
    if (restart || !now.isRunning) await this.#restart(begun, files);
    else this.#tell('synced', { files, durationMs: performance.now() - begun });
  }

  async #restart(begun: number, files?: number): Promise<void> {
    const { engine } = this.#options;
    const id = this.#container?.id;
    if (id === undefined) return;
    this.#attendant?.expectEnd();
    await restartContainer(engine, id, restartGraceSeconds);
    const container = await inspectContainer(engine, id);
    if (container === undefined) return;
    this.#attend(container, false);
    this.#tell('restarted', { ...(files === undefined ? {} : { files }), durationMs: performance.now() - begun });
  }

  #attend(container: Container, isOld: boolean): void {
    const { engine, emit, attach, onEnd } = this.#options;
    this.#attendant?.leave();
    this.#container = container;
    this.exitCode = undefined;
    if (!attach) return;
    const checkEveryMs = this.#runnable?.spec.checkEveryMs;
    const attendant = new Attendant(container, { engine, emit, target: this.#name, checkEveryMs, isOld });
    this.#attendant = attendant;
    const end = (exitCode: number | undefined): void => {
      if (this.#attendant !== attendant || exitCode === undefined) return;
      this.exitCode = exitCode;
      onEnd();
    };
    attendant.ended.then(end, () => end(1));
  }

  #tell(state: ContainerState, facts: { readonly files?: number; readonly durationMs?: number }): void {
    const container = this.#container;
    if (container === undefined) return;
    this.#options.emit({
      type: 'container',
      target: this.#name,
      name: container.name,
      state,
      ...this.#url(container),
      ...facts,
    });
  }

  /** Of the first port, if it is one of TCP. Nothing is published on the host's network: there the app's port is it. */
  #url({ ports }: Container): { readonly url?: string } {
    const { run } = this.target ?? {};
    const [first] = run?.ports ?? [];
    const wanted = first === undefined ? undefined : parsePublished(first).container;
    if (wanted?.endsWith('/tcp') !== true) return {};
    if (run?.network === 'host') return { url: urlOf('', wanted.replace('/tcp', '')) };
    const port = ports.find((one) => one.container === wanted);
    return port === undefined ? {} : { url: urlOf(port.address, port.host) };
  }

  #refuseFailed({ isRunning, exitCode, health }: Container): void {
    const name = this.#name;
    if (isRunning ? health !== 'unhealthy' : exitCode === 0) return;
    const why = isRunning ? 'is unhealthy' : `ended with ${exitCode}`;
    throw new PycontainerError('container-failed', `${name}, which others depend on, ${why}`, {
      hint: `\`pycontainer logs ${name}\` shows what it wrote.`,
      location: this.target?.locate(['run']),
    });
  }
}
