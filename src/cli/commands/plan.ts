import { resolve } from 'node:path';
import { formatPlan } from '../../ui/plan.ts';
import { planJson } from '../../ui/plan-json.ts';
import type { Console } from '../console.ts';
import type { TargetOptions } from '../options.ts';
import { chooseTargets, findConfig, openWorkspace } from '../session.ts';
import { announce } from './announce.ts';

export interface PlanOptions extends TargetOptions {
  readonly explain: boolean;
  readonly remote: boolean;
  readonly format: 'text' | 'json';
}

/** Shows what would be built, and why. Changes nothing. */
export async function planCommand(
  names: readonly string[],
  options: PlanOptions,
  console: Console,
  signal: AbortSignal,
): Promise<number> {
  const config = await findConfig(options, console);
  await using workspace = await openWorkspace(config, options, console, signal);
  const plan = await workspace.plan(chooseTargets(config, names, options), { remote: options.remote });
  announce(plan, console);
  console.result(
    options.format === 'json'
      ? JSON.stringify(planJson(plan), null, 2)
      : formatPlan(plan, { explain: options.explain, cwd: resolve(options.directory ?? '.'), paint: console.paint }),
  );
  return 0;
}
