import type { Console } from '../console.ts';
import type { TargetOptions } from '../options.ts';
import { chooseTargets, findConfig, openWorkspace } from '../session.ts';
import { announce } from './announce.ts';

export interface LockOptions extends TargetOptions {
  readonly check: boolean;
}

/** Moves the bases in pycontainer.lock to what their tags stand for now; with `check`, only adds up whether it would change. */
export async function lockCommand(
  names: readonly string[],
  options: LockOptions,
  console: Console,
  signal: AbortSignal,
): Promise<number> {
  const config = await findConfig(options, console);
  await using workspace = await openWorkspace(
    config,
    { ...options, pull: !options.check, locked: false },
    console,
    signal,
  );
  const plan = await workspace.plan(chooseTargets(config, names, options));
  announce(plan, console);
  if (options.check) {
    const changes = workspace.wouldPin(plan);
    console.result(changes ? 'pycontainer.lock is out of date' : 'pycontainer.lock is up to date');
    return changes ? 1 : 0;
  }
  console.result((await workspace.pin(plan)) ? 'pycontainer.lock written' : 'pycontainer.lock is up to date');
  return 0;
}
