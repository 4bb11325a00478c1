import { homedir } from 'node:os';
import type { Event } from '../../events.ts';
import { type BuildResult, type Running, type Target, watch, type Workspace } from '../../index.ts';
import type { MadeTarget } from '../../build/context.ts';
import { connectEngine } from '../../engine/connect.ts';
import { type Engine, type EngineAbsence, isEngine } from '../../engine/engine.ts';
import { lockSession } from '../../run/session-lock.ts';
import type { Opened } from '../../watch/rounds.ts';
import type { Interrupts } from '../attended.ts';
import type { Console } from '../console.ts';
import { chooseTargets, findConfig, openWorkspace } from '../session.ts';
import { openUrl } from '../open-url.ts';
import { engineFor, type UpOptions, withDependencies } from './up.ts';

export interface WatchOptions extends UpOptions {
  readonly poll: boolean;
}

const pollMs = 1000;

/** Keeps images, and the containers that run them, as the project is. Ctrl-C is the way to end it: no failure. */
export async function watchCommand(
  names: readonly string[],
  options: WatchOptions,
  console: Console,
  interrupts: Interrupts,
): Promise<number> {
  const { root } = await findConfig(options, console);
  using _lock = lockSession(root);
  await using session = new WatchSession(names, options, console, interrupts);
  await watch({
    open: () => session.open(),
    emit: console.emit,
    signal: interrupts.signal,
    onReady: (rebuild) =>
      console.control({ rebuild, open: openUrl, quit: () => void process.kill(process.pid, 'SIGINT') }),
    onMade: (targets) => session.made(targets),
    onBuilt: (result) => session.built(result),
    ...(options.poll ? { pollMs } : {}),
  });
  return 0;
}

/** What lasts from round to round: the engine, and what runs in it. */
class WatchSession implements AsyncDisposable {
  readonly #names: readonly string[];
  readonly #options: WatchOptions;
  readonly #console: Console;
  readonly #interrupts: Interrupts;
  /** Of the manifest as it is now. */
  #workspace: Workspace | undefined;
  #connected: Promise<Engine | EngineAbsence> | undefined;
  /** Present where something is to be run. */
  #engine: Engine | undefined;
  #running: Running | undefined;
  readonly #told = new Map<string, string>();
  readonly #notes = new Set<string>();

  constructor(names: readonly string[], options: WatchOptions, console: Console, interrupts: Interrupts) {
    this.#names = names;
    this.#options = options;
    this.#console = console;
    this.#interrupts = interrupts;
  }

  async open(): Promise<Opened> {
    const [options, console] = [this.#options, this.#console];
    const config = await findConfig(options, console);
    const targets = chooseTargets(config, withDependencies(config, this.#names, options), options);
    const workspace = await openWorkspace(config, options, console, this.#interrupts.signal, [], {
      engine: () => this.#connect(),
      lasting: true,
    });
    const isToRun = targets.some(({ run }) => run !== undefined);
    this.#tellWhatIsNotRun(targets);
    this.#engine = isToRun ? await engineFor(targets, workspace, console) : undefined;
    const isBound = this.#engine !== undefined;
    this.#workspace = workspace;
    return {
      workspace,
      targets: targets.map((target) => (isBound && target.run !== undefined ? workspace.toRun(target) : target)),
    };
  }

  /** New code is in the containers before it is in the engine's image. */
  async made(targets: readonly MadeTarget[]): Promise<void> {
    await this.#running?.updateAhead(targets);
  }

  /** Tells images that are new, and brings the containers to what was built. */
  async built(result: BuildResult): Promise<void> {
    for (const { plan, image } of result.targets) {
      const { digest } = image.root.descriptor;
      if (this.#told.get(plan.target.name) === digest) continue;
      this.#told.set(plan.target.name, digest);
      this.#console.result(`${plan.target.name} ${digest}`);
    }
    if (this.#running !== undefined) await this.#running.update(result);
    else if (this.#engine !== undefined) this.#running = await this.#start(result, this.#engine);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running?.stop();
    const engine = await this.#connected;
    if (engine !== undefined && isEngine(engine)) await engine.close();
  }

  /** Each once, however often the manifest is opened. */
  #tellWhatIsNotRun(targets: readonly Target[]): void {
    for (const event of notRun(targets)) {
      const text = event.type === 'warning' ? event.message : event.what;
      if (!this.#notes.has(text)) this.#console.emit(event);
      this.#notes.add(text);
    }
  }

  async #start(result: BuildResult, engine: Engine): Promise<Running | undefined> {
    this.#interrupts.outlast(() => void this.#running?.kill());
    return this.#workspace?.run(result, engine, { attach: true });
  }

  #connect(): Promise<Engine | EngineAbsence> {
    return (this.#connected ??= connectEngine({ env: process.env, home: process.env['HOME'] || homedir() }));
  }
}

/** Whoever watches may expect containers, of which `run` decides. */
function notRun(targets: readonly Target[]): readonly Extract<Event, { type: 'assumed' | 'warning' }>[] {
  const idle = targets.filter(({ run, watch }) => run === undefined && watch !== undefined);
  if (idle.length === 0 && targets.every(({ run }) => run === undefined)) {
    return [{ type: 'assumed', what: 'nothing says `run`: a save brings images up to date, and starts no container' }];
  }
  return idle.map(({ name, locate }) => ({
    type: 'warning',
    code: 'not-run',
    message: `${name} has rules in \`watch\`, but no \`run\`: there is no container for them`,
    hint: 'Add `run: {}` to run it. Its image is brought up to date with each save in any case.',
    location: locate(['watch']),
  }));
}
