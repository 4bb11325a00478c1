import type { Console } from '../console.ts';
import type { TargetOptions } from '../options.ts';
import { chooseTargets, findConfig, openWorkspace } from '../session.ts';

export interface LockOptions extends TargetOptions {
  readonly check: boolean;
}

/**
 * Moves the bases in pycontainer.lock to what their tags stand for now, and resolves what no lock pins; with `check`,
 * only says what is out of date. Locking all targets as the manifest has them also takes out what none uses.
 */
export async function lockCommand(
  names: readonly string[],
  options: LockOptions,
  console: Console,
  signal: AbortSignal,
): Promise<number> {
  const { check, offline, platform, set } = options;
  const config = await findConfig(options, console);
  const moving = { pull: !check && !offline, locked: false };
  await using workspace = await openWorkspace(config, { ...options, ...moving }, console, signal);
  const targets = chooseTargets(config, names, options);
  const all = targets.length === config.targets.size && platform.length === 0 && set.length === 0;
  const files = await workspace.lock(targets, { check, all });
  for (const { shown, changed } of files) {
    const state = check ? 'is out of date' : 'written';
    console.result(`${shown} ${changed ? state : 'is up to date'}`);
  }
  return check && files.some(({ changed }) => changed) ? 1 : 0;
}
