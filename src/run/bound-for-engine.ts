import type { Target } from '../config/target.ts';
import { defaultLayout } from '../plan/outputs.ts';

/** The target with the engine among its outputs. */
export function boundForEngine(target: Target, root: string): Target {
  const { outputs } = target;
  if (outputs.some(({ type }) => type === 'engine')) return target;
  const declared = outputs.length === 0 ? [{ type: 'oci', dest: defaultLayout(target, root) } as const] : outputs;
  return { ...target, outputs: [...declared, { type: 'engine' }] };
}
