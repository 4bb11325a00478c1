import { realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Target } from '../../config/target.ts';
import type { AppFile } from '../../app/app-file.ts';
import { hashFiles } from '../../app/hashes.ts';
import { appFile } from '../../app/select.ts';
import { entryOf } from '../../app/entries.ts';
import type { Entry } from '../../layer/entry.ts';
import type { WatchedFiles } from '../inputs.ts';
import { seenHashes, selectAndHash } from './files.ts';
import type { Shared } from './shared.ts';
import type { PlanSources } from './sources.ts';

/** What stands where the target's watch rules and env files say, for its container; ignore files have no say in it. */
export async function gatherWatched(
  { watch = [], run }: Target,
  sources: PlanSources,
  shared: Shared,
): Promise<readonly WatchedFiles[]> {
  if (!sources.isLasting || run === undefined) return [];
  const asked = [
    // What such a rule is for stands in the app layer.
    ...watch.filter(({ action, target }) => !action.startsWith('sync') || target !== undefined),
    ...run.envFile.map((path) => ({ path, ignore: [] })),
  ];
  return Promise.all(
    asked.map(async ({ path, ignore }) => ({
      path,
      ignore,
      entries: await shared.once('watched', [path, ignore], () => entriesAt(path, ignore, sources, shared)),
    })),
  );
}

async function entriesAt(
  place: string,
  ignore: readonly string[],
  sources: PlanSources,
  shared: Shared,
): Promise<readonly Entry[]> {
  const wanted = { context: place, include: [], exclude: ignore, ignoreFiles: false };
  const { files, hashes } =
    statSync(place, { throwIfNoEntry: false })?.isDirectory() === true
      ? await folder(wanted, sources, shared)
      : await oneFile(place, sources, shared);
  const entries = files.map((file) => entryOf(file, file.path, hashes.get(file.path)));
  return sources.memory.entries(`watched ${JSON.stringify(wanted)}`, entries);
}

interface Found {
  readonly files: readonly AppFile[];
  readonly hashes: ReadonlyMap<string, string>;
}

async function folder(
  wanted: Parameters<typeof selectAndHash>[0],
  sources: PlanSources,
  shared: Shared,
): Promise<Found> {
  const { selected, hashes } = await shared.once('files', wanted, () => selectAndHash(wanted, sources, shared));
  return { files: selected.files, hashes };
}

/** Or none, where nothing is. A link is followed. */
async function oneFile(place: string, { store, memory }: PlanSources, shared: Shared): Promise<Found> {
  const real = statSync(place, { throwIfNoEntry: false }) === undefined ? place : realpathSync(place);
  const file = appFile('', real);
  const files = file === undefined ? [] : [file];
  const name = `watched ${place}`;
  const hashes = await hashFiles(files, name, store, await seenHashes(shared), memory.hashes(name));
  memory.seen.choice(name, { files, hashes }, [dirname(place), dirname(real)]);
  return { files, hashes };
}
