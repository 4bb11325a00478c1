import { PycontainerError } from '../errors.ts';
import type { LayerNode, Recipe } from '../plan/plan.ts';
import { dropWheel, isVeryLarge } from '../python/index/kept.ts';
import type { WheelFile } from '../python/index/file.ts';
import type { Store } from '../store/store.ts';

/**
 * Drops the very large wheels that layers of their own have been made of: what they hold would stand in the store twice.
 * Where one is needed again, for another prefix or after a `cache prune`, it is fetched again. One that shares its layer
 * stays, since it is needed whenever another package of that layer changes.
 */
export async function dropVeryLargeWheels(made: readonly LayerNode[], store: Store): Promise<void> {
  for (const { recipe } of made) {
    const isAlone = recipe.kind === 'package' && recipe.packages.length === 1;
    for (const wheel of isAlone ? veryLargeIn(recipe) : []) await dropWheel(wheel, store);
  }
}

/**
 * Makes a layer, and once more where another process, which shares the store, has dropped one of its wheels meanwhile.
 */
export async function makeThoughDropped<T>(recipe: Recipe, make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    const mayBeGone = error instanceof PycontainerError && goneCodes.has(error.code);
    if (!mayBeGone || veryLargeIn(recipe).length === 0) throw error;
    return make();
  }
}

/** What reading a file says that is no longer there. */
const goneCodes: ReadonlySet<string> = new Set(['file-changed-while-read', 'file-unreadable']);

function veryLargeIn(recipe: Recipe): readonly WheelFile[] {
  if (recipe.kind !== 'package') return [];
  return recipe.packages.flatMap(({ wheel, copied }) => (copied === undefined && isVeryLarge(wheel) ? [wheel] : []));
}
