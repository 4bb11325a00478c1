import type { Entry } from '../layer/entry.ts';
import type { FileFound } from '../layer/job.ts';
import type { Layer } from '../layer/layer.ts';
import { wheelEntries } from '../python/install/entries.ts';
import type { Recipe } from '../plan/plan.ts';
import type { BuildContext } from './context.ts';
import { type LayerTask, writeLayer } from './layer.ts';
import { learnFacts, openWheels } from './wheels.ts';

type PackageRecipe = Extract<Recipe, { kind: 'package' }>;

/**
 * Makes a layer of wheels from their bytes, and keeps what was learned of each for the venv layer. Where two wheels of
 * one layer write to one path, the later in the order of names is taken; the venv layer tells of it.
 */
export async function makePackageLayer(
  recipe: PackageRecipe,
  context: BuildContext,
  { pieces, onProgress }: LayerTask,
): Promise<Layer> {
  const { packages, platform, python } = recipe;
  const wheels = await openWheels(
    packages.filter(({ copied }) => copied === undefined),
    platform,
    context,
  );
  const lists = [
    ...wheels.map((wheel) => wheelEntries(wheel, python.install)),
    ...packages.flatMap(({ copied }) => (copied === undefined ? [] : [copied.entries])),
  ];
  const merged = new Map(lists.flat().map((entry) => [entry.path, entry]));
  const { files = new Map(), ...layer } = await writeLayer([...merged.values()], platform, context, {
    describeFiles: true,
    onProgress,
    ...(packages.length > 1 ? { pieces } : {}),
  });
  for (const [index, item] of packages.entries()) {
    const [wheel, entries] = [wheels[index], lists[index]];
    if (wheel === undefined || entries === undefined) continue;
    await learnFacts(item, wheel, python.install, filesOf(entries, merged, files), context);
  }
  return layer;
}

/** Of the entries that are in the layer as the wheel has them; those another wheel wrote over are left out. */
function filesOf(
  entries: readonly Entry[],
  merged: ReadonlyMap<string, Entry>,
  files: ReadonlyMap<string, FileFound>,
): ReadonlyMap<string, FileFound> {
  return new Map(
    entries.flatMap((entry): readonly (readonly [string, FileFound])[] => {
      const file = files.get(entry.path);
      return file === undefined || merged.get(entry.path) !== entry ? [] : [[entry.path, file]];
    }),
  );
}
