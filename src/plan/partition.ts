import type { LayeringSettings } from '../config/target.ts';
import type { PlannedPackage } from './inputs.ts';

/** How many package layers an image gets at most when nothing is said. */
export const defaultBudget = 24;
/** A wheel below this size is not worth a layer, and so a request, of its own. */
const aloneFromBytes = 1 << 20;

/**
 * Divides packages into layers: each large one alone, the rest together. Which are large is decided by their own size,
 * so that a package that comes or goes moves no other; only beyond the budget the smaller of the large join the rest.
 * Layers are in the order of their packages' names, the rest last.
 * @param packages sorted by name
 */
export function partition(
  packages: readonly PlannedPackage[],
  { strategy, budget = defaultBudget }: LayeringSettings,
): readonly (readonly PlannedPackage[])[] {
  if (packages.length === 0) return [];
  if (strategy === 'single') return [packages];
  const large = packages
    .filter(({ wheel }) => wheel.sizeBytes >= aloneFromBytes)
    .toSorted((a, b) => b.wheel.sizeBytes - a.wheel.sizeBytes || (a.name < b.name ? -1 : 1));
  const all = large.length === packages.length && large.length <= budget;
  const alone = new Set(large.slice(0, all ? budget : Math.max(budget - 1, 0)));
  const rest = packages.filter((item) => !alone.has(item));
  return [...packages.filter((item) => alone.has(item)).map((item) => [item]), ...(rest.length === 0 ? [] : [rest])];
}
