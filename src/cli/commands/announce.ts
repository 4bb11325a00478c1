import type { Plan } from '../../index.ts';
import type { Console } from '../console.ts';

/** Tells what a plan assumed, and what is odd about it and about the layers that are kept; equal words once. */
export function announce({ bases, targets: asked, layers }: Plan, { emit }: Console): void {
  const targets = [...bases, ...asked];
  for (const { target, assumed } of targets) {
    for (const what of assumed) emit({ type: 'assumed', target: target.name, what });
  }
  const warnings = [...targets.flatMap((target) => target.warnings), ...layers.flatMap((layer) => layer.warnings)];
  for (const warning of new Map(warnings.map((one) => [JSON.stringify(one), one])).values()) emit(warning);
}
