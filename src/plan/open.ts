import type { WarningEvent } from '../events.ts';
import type { KeptLayer, OpenRequirement } from '../cache/kept-layer.ts';
import { unmetRequirements } from '../python/closure.ts';
import type { PlatformInputs, PythonInputs } from './inputs.ts';

/**
 * What is odd about a layer's content, told for the images that it stands in. Packages may require a project that is
 * installed from source, whose version is in no key: it reaches no byte of the layer. So that is judged here.
 */
export function warningsOf(layer: KeptLayer, users: readonly PlatformInputs[]): readonly WarningEvent[] {
  const { warnings = [], open = [] } = layer;
  const unmet = users.flatMap(({ python }) => (python === undefined ? [] : unmetIn(open, python)));
  return [...new Map([...warnings, ...unmet].map((one) => [JSON.stringify(one), one])).values()];
}

/** What `pip check` would say inside the image. */
function unmetIn(open: readonly OpenRequirement[], python: PythonInputs): readonly WarningEvent[] {
  const { packages, projects, environment, basePackages = {} } = python;
  const others = new Map([
    ...Object.entries(basePackages),
    ...Object.entries(projects).map(([name, version]) => [name, version ?? undefined] as const),
  ]);
  const places = new Map(packages.map(({ name, location }) => [name, location]));
  return open.flatMap((one) => {
    const { requirer, requirement } = one;
    const asked = { name: requirer, version: '0', requiresDist: [requirement] };
    const unmet = one.found === undefined ? unmetRequirements([asked], environment, others) : [one];
    return unmet.map(({ found }): WarningEvent => ({
      type: 'warning',
      code: 'requires-unmet',
      message: `${requirer} requires ${requirement}, ${found === undefined ? 'which is not among the packages' : `and ${found} is there`}`,
      hint: 'Make the lock anew, so that it holds all that its packages require.',
      location: places.get(requirer),
    }));
  });
}
