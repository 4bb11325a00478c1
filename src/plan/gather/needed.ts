import { needsOf } from '../../config/below.ts';
import type { Target } from '../../config/target.ts';

/**
 * The targets that were asked for and those whose images these need, by name, in the order of the manifest. What others
 * stand on is as strict about its packages as they are.
 */
export function neededTargets(asked: readonly Target[], all: ReadonlyMap<string, Target>): ReadonlyMap<string, Target> {
  const known = new Map([...all, ...asked.map((target) => [target.name, target] as const)]);
  const needed = new Map<string, Target>();
  const visit = (target: Target, strict: boolean): void => {
    const before = needed.get(target.name);
    const isStrict = strict || target.dependencies.strict;
    if (before !== undefined && (before.dependencies.strict || !isStrict)) return;
    needed.set(target.name, { ...target, dependencies: { ...target.dependencies, strict: isStrict } });
    for (const { name } of needsOf(target)) {
      const below = known.get(name);
      if (below !== undefined) visit(below, isStrict);
    }
  };
  for (const target of asked) visit(target, false);
  return new Map(
    [...known.keys()].flatMap((name) => {
      const target = needed.get(name);
      return target === undefined ? [] : [[name, target] as const];
    }),
  );
}
