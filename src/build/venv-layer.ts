import { PycontainerError } from '../errors.ts';
import type { Entry } from '../layer/entry.ts';
import { makeLayer } from '../layer/make.ts';
import type { Layer } from '../layer/layer.ts';
import type { InstalledFacts } from '../python/install/installed.ts';
import { type Conflict, findConflicts } from '../python/install/merge.ts';
import { recordEntries } from '../python/install/record.ts';
import { venvEntries } from '../python/install/venv.ts';
import type { PythonInputs } from '../plan/inputs.ts';
import type { Recipe } from '../plan/plan.ts';
import type { BuildContext } from './context.ts';
import { keptFacts, learnFacts, openWheels } from './wheels.ts';

type VenvRecipe = Extract<Recipe, { kind: 'venv' }>;

/** Makes the layer that binds packages and interpreter: links, pyvenv.cfg, and what is written down about each package. */
export async function makeVenvLayer(recipe: VenvRecipe, context: BuildContext): Promise<Layer> {
  const { platform, python, strict } = recipe;
  const facts = await factsOf(recipe, context);
  warnOfConflicts(findConflicts(facts), strict, context);
  for (const { warnings } of facts) for (const warning of warnings) context.emit(warning);
  const entries = new Map<string, Entry>();
  for (const entry of [...linksOf(python), ...recordsOf(python, facts)]) entries.set(entry.path, entry);
  const { digest, diffId, sizeBytes, uncompressedSizeBytes, mediaType } = await makeLayer([...entries.values()], {
    store: context.store,
    compression: platform.compression,
    mtimeSeconds: platform.mtimeSeconds,
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  });
  return { digest, diffId, sizeBytes, uncompressedSizeBytes, mediaType };
}

async function factsOf({ python, platform }: VenvRecipe, context: BuildContext): Promise<readonly InstalledFacts[]> {
  return Promise.all(
    python.packages.map(async (item) => {
      const kept = await keptFacts(item, python.install, context);
      if (kept !== undefined) return kept;
      const [wheel] = await openWheels([item], platform, context);
      if (wheel === undefined) throw new PycontainerError('internal', `No wheel of ${item.name}`);
      return learnFacts(item, wheel, python.install, new Map(), context);
    }),
  );
}

function linksOf({ install, interpreter }: PythonInputs): readonly Entry[] {
  if (install.layout === 'flat') return [];
  const { prefix, implementation, freeThreaded } = install;
  return venvEntries({
    prefix,
    interpreter: interpreter.path,
    version: interpreter.version,
    ...(implementation === undefined ? {} : { implementation }),
    ...(freeThreaded === undefined ? {} : { freeThreaded }),
  });
}

function recordsOf({ packages, install }: PythonInputs, facts: readonly InstalledFacts[]): readonly Entry[] {
  return packages.flatMap(({ requested, directUrl, wheel }, index) => {
    const installed = facts[index];
    if (installed === undefined) return [];
    const origin =
      directUrl === undefined ? {} : { directUrl: { kind: 'archive', url: directUrl, sha256: wheel.sha256 } as const };
    return recordEntries(installed, install, { requested, ...origin });
  });
}

function warnOfConflicts(conflicts: readonly Conflict[], strict: boolean, { emit }: BuildContext): void {
  const pairs = Map.groupBy(conflicts, ({ first, second }) => `${first} and ${second}`);
  for (const [pair, list] of pairs) {
    const [first] = list;
    if (first === undefined) continue;
    const { path, winner } = first;
    const more = list.length > 1 ? ` and ${list.length - 1} more` : '';
    const message = `${pair} write different bytes to /${path}${more}; those of ${winner} are taken`;
    const hint = 'Keep only one of the two among the dependencies, if they are meant as alternatives.';
    if (strict) throw new PycontainerError('wheel-conflict', message, { hint });
    emit({ type: 'warning', code: 'wheel-conflict', message, hint });
  }
}
