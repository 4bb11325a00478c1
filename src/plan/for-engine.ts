import type { Target } from '../config/target.ts';
import { type Engine, type EngineAbsence, isEngine } from '../engine/engine.ts';
import { engineUse } from './outputs.ts';
import type { TargetPlan } from './plan.ts';

/** An image for an engine is built for that engine's platform, where the target does not say for which. */
export function forEngine(target: Target, engine: Engine | EngineAbsence | undefined, load: boolean): Target {
  const isOpen = target.platforms.length === 0 && engineUse(target, load) === 'must';
  return isOpen && engine !== undefined && isEngine(engine) ? { ...target, platforms: [engine.platform] } : target;
}

export function withFact(target: TargetPlan, fact: string | undefined): TargetPlan {
  return fact === undefined ? target : { ...target, assumed: [...target.assumed, fact] };
}
