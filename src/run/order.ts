import { PycontainerError } from '../errors.ts';
import { suggest } from '../config/nearest.ts';
import type { Target } from '../config/target.ts';

/**
 * The targets and all that they depend on, each behind what it depends on. Throws 'depends-on' when that goes in a
 * circle, or leads to what is not run or not there.
 *
 * @param all by name; what is wanted is among them
 */
export function startOrder(wanted: readonly Target[], all: ReadonlyMap<string, Target>): readonly Target[] {
  const ordered = new Set<Target>();
  const visit = (target: Target, path: readonly string[]): void => {
    if (ordered.has(target)) return;
    const way = [...path, target.name];
    for (const [index, name] of (target.run?.dependsOn ?? []).entries()) {
      if (way.includes(name)) throw circle([...way.slice(way.indexOf(name)), name], target, index);
      visit(dependency(target, name, index, all), way);
    }
    ordered.add(target);
  };
  for (const target of wanted) visit(target, []);
  return [...ordered];
}

function dependency(
  { name: dependent, locate }: Target,
  name: string,
  index: number,
  all: ReadonlyMap<string, Target>,
): Target {
  const found = all.get(name);
  if (found?.run !== undefined) return found;
  const location = locate(['run', 'depends-on', index]);
  if (found === undefined) {
    throw new PycontainerError('depends-on', `${dependent} depends on '${name}', which is no target`, {
      hint: suggest(name, all.keys()),
      location,
    });
  }
  throw new PycontainerError('depends-on', `${dependent} depends on ${name}, which does not say 'run'`, {
    hint: `Add \`run: {}\` to ${name}, or take it out of depends-on.`,
    location,
  });
}

function circle(path: readonly string[], target: Target, index: number): PycontainerError {
  return new PycontainerError('depends-on', `depends-on goes in a circle: ${path.join(' → ')}`, {
    hint: 'Take one of them out.',
    location: target.locate(['run', 'depends-on', index]),
  });
}
