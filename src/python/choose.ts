import { PycontainerError } from '../errors.ts';
import { parseWheelFilename } from './filename.ts';
import type { BuildTag } from './filename.ts';

/**
 * The file that fits best: by its best tag, then by the higher build tag, then by its place in the list. Files that are
 * not named like wheels are passed over.
 * @param tags best first, as `supportedTags` gives them
 */
export function chooseWheel<File extends { readonly filename: string }>(
  files: readonly File[],
  tags: readonly string[],
): File | undefined {
  const ranks = ranksOf(tags);
  const fitting = files.flatMap((file) => {
    const wheel = readWheelFilename(file.filename);
    const rank = Math.min(...(wheel?.tags ?? []).map((tag) => ranks.get(tag) ?? Infinity));
    return wheel && rank < Infinity ? [{ file, rank, build: wheel.build }] : [];
  });
  const [best] = fitting.toSorted((a, b) => a.rank - b.rank || compareBuilds(b.build, a.build));
  return best?.file;
}

const knownRanks = new WeakMap<readonly string[], ReadonlyMap<string, number>>();

/** There are over a thousand tags, and one list of them for all wheels of a base. */
function ranksOf(tags: readonly string[]): ReadonlyMap<string, number> {
  const known = knownRanks.get(tags);
  if (known !== undefined) return known;
  const ranks = new Map<string, number>();
  for (const [rank, tag] of tags.entries()) if (!ranks.has(tag)) ranks.set(tag, rank);
  knownRanks.set(tags, ranks);
  return ranks;
}

function readWheelFilename(filename: string): ReturnType<typeof parseWheelFilename> | undefined {
  try {
    return parseWheelFilename(filename);
  } catch (error) {
    if (error instanceof PycontainerError) return undefined;
    throw error;
  }
}

function compareBuilds(a: BuildTag | undefined, b: BuildTag | undefined): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  const byNumber = a.number.length - b.number.length || compareText(a.number, b.number);
  return byNumber || compareText(a.rest, b.rest);
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
