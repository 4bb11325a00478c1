import { resolve } from 'node:path';
import type { Plan } from '../../index.ts';
import { formatPlan } from '../../ui/plan.ts';
import { planDot } from '../../ui/plan-dot.ts';
import { planJson } from '../../ui/plan-json.ts';
import type { Console } from '../console.ts';
import type { TargetOptions } from '../options.ts';
import { chooseTargets, findConfig, openWorkspace } from '../session.ts';
import { announce } from './announce.ts';

export interface PlanOptions extends TargetOptions {
  readonly explain: boolean;
  readonly remote: boolean;
  readonly format: 'text' | 'json' | 'dot';
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
  console.result(formatted(plan, options, console));
  return 0;
}

function formatted(plan: Plan, { format, explain, directory }: PlanOptions, { paint }: Console): string {
  const cwd = resolve(directory ?? '.');
  switch (format) {
    case 'text':
      return formatPlan(plan, { explain, cwd, paint });
    case 'json':
      return JSON.stringify(planJson(plan), null, 2);
    case 'dot':
      return planDot(plan, cwd);
  }
}
