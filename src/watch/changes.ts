import { relative } from 'node:path';
import type { Changed, ChangeKind } from '../events.ts';
import type { AppFile } from '../app/app-file.ts';
import { otherHashes } from '../app/hashes.ts';
import { stretchBetween } from '../app/stretch.ts';
import type { Seen, SeenFiles } from '../plan/gather/seen.ts';

/** What changed from look to look: kinds by absolute path. */
export type Changes = ReadonlyMap<string, ChangeKind>;

/** The furthest reaching first. */
const kinds: readonly ChangeKind[] = ['manifest', 'base', 'dependencies', 'app'];
const shownPaths = 10;

/** What a look found otherwise than the one before: not what events said. A file that was only touched is none. */
export function changesBetween(before: Seen, now: Seen): Changes {
  const changes = new Map<string, ChangeKind>();
  const rehashed = new Map(
    [...now.files].map(([key, { hashes }]) => [key, otherHashes(before.files.get(key)?.hashes ?? hashes, hashes)]),
  );
  const left = contentsOf(before.files, now.files, rehashed);
  const found = contentsOf(now.files, before.files, rehashed);
  for (const [path, content] of found) if (left.get(path) !== content) changes.set(path, 'app');
  for (const path of left.keys()) if (!found.has(path)) changes.set(path, 'app');
  for (const [path, { kind, mark }] of now.inputs) {
    if ((before.inputs.get(path)?.mark ?? '') !== mark) changes.set(path, kind);
  }
  return changes;
}

/** The event that tells of changes; the furthest reaching of them gives its kind. */
export function changedEvent(changes: Changes, root: string): Changed {
  const paths = [...changes.keys()].map((path) => relative(root, path)).toSorted();
  const found = new Set(changes.values());
  return {
    type: 'changed',
    what: kinds.find((kind) => found.has(kind)) ?? 'app',
    paths: paths.slice(0, shownPaths),
    more: Math.max(0, paths.length - shownPaths),
  };
}

/**
 * What stands at each path in these choices, but for what is the same in the others.
 * @param rehashed paths of files that are the same but for their bytes
 */
function contentsOf(
  choices: ReadonlyMap<string, SeenFiles>,
  others: ReadonlyMap<string, SeenFiles>,
  rehashed: ReadonlyMap<string, ReadonlySet<string>>,
): ReadonlyMap<string, string> {
  const contents = new Map<string, string>();
  for (const [key, choice] of choices) {
    for (const { path, source, type, executable, target = '' } of differing(choice, others.get(key), rehashed.get(key)))
      contents.set(source, `${type} ${executable} ${target} ${choice.hashes.get(path) ?? ''}`);
  }
  return contents;
}

function differing(
  { files }: SeenFiles,
  other: SeenFiles | undefined,
  rehashed: ReadonlySet<string> = new Set(),
): readonly AppFile[] {
  if (other === undefined) return files;
  const { from, endBefore } = stretchBetween(files, other.files);
  return files.filter(({ path }, index) => (index >= from && index < endBefore) || rehashed.has(path));
}
