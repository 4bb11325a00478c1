import { PycontainerError } from '../errors.ts';
import type { LayerKey } from '../oci/digest.ts';
import type { Base } from '../base/base.ts';
import type { KeptLayer } from '../cache/kept-layer.ts';
import { platformBase } from '../plan/image.ts';
import type { TargetBelow } from '../plan/inputs.ts';
import type { Plan } from '../plan/plan.ts';

/** The image of a target that another one copies from. All its layers are made. */
export function builtBase({ target, image }: TargetBelow, plan: Plan, made: ReadonlyMap<LayerKey, KeptLayer>): Base {
  const platform = [...plan.bases, ...plan.targets]
    .flatMap(({ platforms }) => platforms)
    .find(({ inputs }) => inputs === image);
  const base = platform === undefined ? undefined : platformBase(target.name, platform, made, plan.layers);
  if (base === undefined) throw new PycontainerError('internal', `The image of ${target.name} is not made yet`);
  return base;
}
