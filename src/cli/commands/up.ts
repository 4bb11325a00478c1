import { once } from 'node:events';
import { type BuildResult, type Config, type Target, type Workspace } from '../../index.ts';
import { type Engine, isEngine } from '../../engine/engine.ts';
import { startOrder } from '../../run/order.ts';
import { lockSession } from '../../run/session-lock.ts';
import type { Interrupts } from '../attended.ts';
import type { Console } from '../console.ts';
import { chooseTargets, findConfig, openWorkspace } from '../session.ts';
import { type BuildOptions, buildTargets, metadataFiles, tellImages } from './build.ts';

export interface UpOptions extends BuildOptions {
  readonly attach?: boolean;
  readonly detach?: boolean;
}

/** Builds what is stale, delivers it, and runs what says `run`. */
export async function upCommand(
  names: readonly string[],
  options: UpOptions,
  console: Console,
  interrupts: Interrupts,
): Promise<number> {
  const config = await findConfig(options, console);
  const targets = chooseTargets(config, withDependencies(config, names, options), options);
  const metadata = metadataFiles(options);
  const isToRun = targets.some(({ run }) => run !== undefined);
  using _lock = isToRun ? lockSession(config.root) : undefined;
  await using workspace = await openWorkspace(config, options, console, interrupts.signal, metadata);
  const engine = isToRun ? await engineFor(targets, workspace, console) : undefined;
  const bound = targets.map((target) =>
    engine === undefined || target.run === undefined ? target : workspace.toRun(target),
  );
  const result = await buildTargets(workspace, bound, metadata, console);
  tellImages(result, console);
  return engine === undefined ? 0 : await runTargets(result, engine, workspace, isAttached(options), interrupts);
}

/** On a terminal, where there is somebody who sees what happens. */
export function isAttached({ attach = false, detach = false }: UpOptions): boolean {
  return attach || (!detach && process.stderr.isTTY);
}

/** Names of the chosen targets and of all that those which run depend on; none, for all of them. */
export function withDependencies(config: Config, names: readonly string[], options: UpOptions): readonly string[] {
  const chosen = chooseTargets(config, names, { ...options, tag: [], platform: [] });
  const run = startOrder(
    chosen.filter((target) => target.run !== undefined),
    config.targets,
  );
  return names.length === 0 ? names : [...new Set([...chosen, ...run].map(({ name }) => name))];
}

/** Undefined where none answers, which is told. */
export async function engineFor(
  targets: readonly Target[],
  workspace: Workspace,
  console: Console,
): Promise<Engine | undefined> {
  const engine = await workspace.engine();
  if (isEngine(engine)) return engine;
  const wanted = targets.flatMap(({ name, run }) => (run === undefined ? [] : [name])).join(', ');
  console.emit({
    type: 'warning',
    code: 'not-run',
    message: `${wanted} ${wanted.includes(',') ? 'are' : 'is'} built and not run: ${engine.why}`,
    hint: engine.hint,
  });
  return undefined;
}

/** Attached, it lasts until all containers have ended, or until it is interrupted, which stops them. */
async function runTargets(
  result: BuildResult,
  engine: Engine,
  workspace: Workspace,
  attach: boolean,
  { signal, outlast }: Interrupts,
): Promise<number> {
  let kill = (): void => process.exit(130);
  outlast(() => kill());
  const running = await workspace.run(result, engine, { attach });
  kill = () => void running.kill();
  const interrupted = signal.aborted ? Promise.resolve() : once(signal, 'abort');
  const status = await Promise.race([running.ended, interrupted.then(() => undefined)]);
  if (status !== undefined) return status;
  await running.stop();
  throw signal.reason;
}
