import { appEntries } from '../app/entries.ts';
import { copiedHashes, placeCopied, type RuledFile } from '../app/rules.ts';
import type { Base } from '../base/base.ts';
import { copyFromBase } from '../base/copy.ts';
import type { Entry } from '../layer/entry.ts';
import type { Layer } from '../layer/layer.ts';
import { fine } from '../layer/piece.ts';
import type { TargetBelow } from '../plan/inputs.ts';
import type { Recipe } from '../plan/plan.ts';
import type { BuildContext } from './context.ts';
import { type LayerTask, writeLayer } from './layer.ts';

type AppRecipe = Extract<Recipe, { kind: 'app' }>;

/** Another target's image as a base; its layers are made. */
export type BaseOf = (below: TargetBelow) => Base;

/** Makes the layer of the user's own files. Pieces are kept, so that after one change only its piece is made again. */
export async function makeAppLayer(
  { platform }: AppRecipe,
  baseOf: BaseOf,
  context: BuildContext,
  task: LayerTask,
): Promise<Layer> {
  const { app, copies = [], facts } = platform;
  const copied: Entry[] = [];
  for (const { rule, from, place } of copies) {
    const { store } = context;
    const found = await copyFromBase(baseOf(from), rule.src, context);
    const rules: readonly RuledFile[] = placeCopied(rule, found, place.workdir, store);
    const ruleHashes = copiedHashes(found, store);
    copied.push(...appEntries({ trees: [], made: [], rules, ruleHashes, folders: facts.folders, ...place }));
  }
  const entries = copied.length === 0 ? app.entries : laidOver(app.entries, copied);
  const { turn } = context;
  const making = turn === undefined ? context : { ...context, signal: turn.signal };
  return writeLayer(entries, platform, making, { ...task, cutting: fine, live: context.liveOf?.(task.pieces) });
}

/** Copied files win over what is there, as `files` rules do; a folder that is there keeps its mode and owner. */
function laidOver(entries: readonly Entry[], copied: readonly Entry[]): readonly Entry[] {
  const all = new Map(entries.map((entry) => [entry.path, entry]));
  for (const entry of copied) {
    const isFolderAgain = entry.type === 'directory' && all.get(entry.path)?.type === 'directory';
    if (!isFolderAgain) all.set(entry.path, entry);
  }
  return [...all.values()];
}
