import type { Plan } from '../../index.ts';
import type { Console } from '../console.ts';

/** Tells what a plan assumed, and what is odd about it; equal words once. */
export function announce(plan: Plan, { emit }: Console): void {
  const said = new Set<string>();
  for (const { target, assumed, warnings } of plan.targets) {
    for (const what of assumed) emit({ type: 'assumed', target: target.name, what });
    for (const warning of warnings) {
      const text = JSON.stringify(warning);
      if (!said.has(text)) emit(warning);
      said.add(text);
    }
  }
}
