import type { Target } from '../config/target.ts';
import { defaultLayout } from '../plan/outputs.ts';

/** A target that is to run, with the engine among its outputs; others stay as they are. */
export function boundForEngine(target: Target, root: string): Target {
  const { run, outputs } = target;
  if (run === undefined || outputs.some(({ type }) => type === 'engine')) return target;
  const declared = outputs.length === 0 ? [{ type: 'oci', dest: defaultLayout(target, root) } as const] : outputs;
  return { ...target, outputs: [...declared, { type: 'engine' }] };
}
