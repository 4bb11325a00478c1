import { PycontainerError } from '../errors.ts';
import type { WarningEvent } from '../events.ts';
import type { Entry } from '../layer/entry.ts';
import type { LayerFacts } from '../cache/facts.ts';
import type { KeptLayer, OpenRequirement } from '../cache/kept-layer.ts';
import { unmetRequirements } from '../python/closure.ts';
import type { InstalledFacts } from '../python/install/installed.ts';
import { wheelEntries } from '../python/install/entries.ts';
import { type Conflict, findConflicts } from '../python/install/merge.ts';
import { recordEntries } from '../python/install/record.ts';
import { venvEntries } from '../python/install/venv.ts';
import type { PythonInputs } from '../plan/inputs.ts';
import type { Recipe } from '../plan/plan.ts';
import type { BuildContext } from './context.ts';
import { fitWarnings } from './fit-warnings.ts';
import { writeLayer } from './layer.ts';
import { factsKey, keptFacts, learnFacts, openWheels } from './wheels.ts';

type VenvRecipe = Extract<Recipe, { kind: 'venv' }>;

/**
 * Makes the layer that binds packages and interpreter: links, pyvenv.cfg, and what is written down about each package.
 * @param recalled facts of packages that nothing is known of here, for which no wheel has to be looked into then
 */
export async function makeVenvLayer(
  recipe: VenvRecipe,
  recalled: LayerFacts,
  context: BuildContext,
): Promise<KeptLayer> {
  const { platform, python } = recipe;
  const facts = await factsOf(recipe, recalled, context);
  const conflicts = findConflicts(facts);
  const warnings = [
    ...facts.flatMap((one, index) => (python.packages[index]?.inBase === true ? [] : one.warnings)),
    ...conflictWarnings(conflicts),
    ...fitWarnings(recipe, facts),
  ];
  const entries = new Map<string, Entry>();
  const winners = await winnersOf(conflicts, recipe, context);
  for (const entry of [...winners, ...linksOf(python), ...recordsOf(python, facts)]) entries.set(entry.path, entry);
  const layer = await writeLayer([...entries.values()], platform, context);
  return { ...layer, warnings, open: openRequirements(python, facts) };
}

async function factsOf(
  { python, platform }: VenvRecipe,
  recalled: LayerFacts,
  context: BuildContext,
): Promise<readonly InstalledFacts[]> {
  return Promise.all(
    python.packages.map(async (item) => {
      const kept = await keptFacts(item, python.install, context);
      const known = kept ?? recalled.get(factsKey(item.wheel.sha256, python.install));
      if (known !== undefined) return known;
      const [wheel] = await openWheels([item], platform, context);
      if (wheel === undefined) throw new PycontainerError('internal', `No wheel of ${item.name}`);
      return learnFacts(item, wheel, python.install, new Map(), context);
    }),
  );
}

function linksOf({ install, interpreter, basePackages }: PythonInputs): readonly Entry[] {
  if (install.layout === 'flat') return [];
  const { prefix, implementation, freeThreaded } = install;
  return venvEntries({
    prefix,
    interpreter: interpreter.path,
    version: interpreter.version,
    systemSitePackages: basePackages !== undefined,
    ...(implementation === undefined ? {} : { implementation }),
    ...(freeThreaded === undefined ? {} : { freeThreaded }),
  });
}

function recordsOf({ packages, install }: PythonInputs, facts: readonly InstalledFacts[]): readonly Entry[] {
  return packages.flatMap(({ requested, directUrl, wheel, inBase = false }, index) => {
    const installed = facts[index];
    if (installed === undefined || inBase) return [];
    const origin =
      directUrl === undefined ? {} : { directUrl: { kind: 'archive', url: directUrl, sha256: wheel.sha256 } as const };
    return recordEntries(installed, install, { requested, ...origin });
  });
}

/**
 * The files that packages dispute, as the last by name has them. This layer lies above those of the packages, whose order
 * follows from their sizes: so the image's content does not.
 */
async function winnersOf(
  conflicts: readonly Conflict[],
  { python, platform }: VenvRecipe,
  context: BuildContext,
): Promise<readonly Entry[]> {
  if (conflicts.length === 0) return [];
  // Of three that want one path the last pair tells.
  const winnerOf = new Map(conflicts.map(({ path, winner }) => [path, winner]));
  const items = python.packages.filter(({ name }) => [...winnerOf.values()].includes(name));
  const wheels = await openWheels(items, platform, context);
  return wheels.flatMap((wheel, index) =>
    wheelEntries(wheel, python.install).filter(({ path }) => winnerOf.get(path) === items[index]?.name),
  );
}

function conflictWarnings(conflicts: readonly Conflict[]): readonly WarningEvent[] {
  const pairs = Map.groupBy(conflicts, ({ first, second }) => `${first} and ${second}`);
  return [...pairs].flatMap(([pair, list]): readonly WarningEvent[] => {
    const [first] = list;
    if (first === undefined) return [];
    const more = list.length > 1 ? ` and ${list.length - 1} more` : '';
    return [
      {
        type: 'warning',
        code: 'wheel-conflict',
        message: `${pair} write different bytes to /${first.path}${more}; those of ${first.winner} are taken`,
        hint: 'Keep only one of the two among the dependencies, if they are meant as alternatives.',
      },
    ];
  });
}

/** What `pip check` would look for: requirements that the packages do not meet among themselves. */
function openRequirements({ environment }: PythonInputs, facts: readonly InstalledFacts[]): readonly OpenRequirement[] {
  return unmetRequirements(facts, environment);
}
