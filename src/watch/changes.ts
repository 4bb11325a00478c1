import { relative } from 'node:path';
import type { Changed, ChangeKind } from '../events.ts';
import type { Seen, SeenFiles } from '../plan/gather/seen.ts';

/** What changed from look to look: kinds by absolute path. */
export type Changes = ReadonlyMap<string, ChangeKind>;

/** The furthest reaching first. */
const kinds: readonly ChangeKind[] = ['manifest', 'base', 'dependencies', 'app'];
const shownPaths = 10;

/** What a look found otherwise than the one before: not what events said. A file that was only touched is none. */
export function changesBetween(before: Seen, now: Seen): Changes {
  const changes = new Map<string, ChangeKind>();
  const isKept = (key: string): boolean => before.files.get(key) === now.files.get(key);
  const [left, found] = [before, now].map(({ files }) => contentsOf(files, isKept));
  for (const [path, content] of found ?? []) if (left?.get(path) !== content) changes.set(path, 'app');
  for (const path of left?.keys() ?? []) if (found?.has(path) !== true) changes.set(path, 'app');
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

/** What stands at each path, of the choices that are not kept. */
function contentsOf(
  choices: ReadonlyMap<string, SeenFiles>,
  isKept: (key: string) => boolean,
): ReadonlyMap<string, string> {
  const contents = new Map<string, string>();
  for (const [key, { files, hashes }] of choices) {
    if (isKept(key)) continue;
    for (const { path, source, type, executable, target = '' } of files)
      contents.set(source, `${type} ${executable} ${target} ${hashes.get(path) ?? ''}`);
  }
  return contents;
}
