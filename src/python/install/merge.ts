import { PycontainerError } from '../../errors.ts';
import type { Entry } from '../../layer/entry.ts';
import { contentMark } from './entries.ts';

/** Two packages write different bytes to one path. */
export interface Conflict {
  readonly path: string;
  /** Normalized names, in the order of the layers. */
  readonly first: string;
  readonly second: string;
  /** Whose bytes the image has: the second's, whose layer is above. */
  readonly winner: string;
}

/**
 * Finds where packages write over each other. `packages` are in the order of their layers, lowest first: by name, so
 * that the winner does not depend on chance. Equal bytes and shared folders are silent; a path that is a file for one
 * package and a folder for another cannot be installed at all ('wheel-conflict').
 */
export function findConflicts(
  packages: readonly { readonly name: string; readonly entries: readonly Entry[] }[],
): Conflict[] {
  const seen = new Map<string, { readonly name: string; readonly entry: Entry }>();
  const conflicts: Conflict[] = [];
  for (const { name, entries } of packages) {
    for (const entry of entries) {
      const before = seen.get(entry.path);
      if (before?.entry.type === 'directory' && entry.type === 'directory') continue;
      seen.set(entry.path, { name, entry });
      if (before === undefined || before.name === name || isEqual(before.entry, entry)) continue;
      if (before.entry.type === 'directory' || entry.type === 'directory') {
        throw fileAndFolder(entry.path, before.name, name);
      }
      conflicts.push({ path: entry.path, first: before.name, second: name, winner: name });
    }
  }
  return conflicts;
}

function isEqual(a: Entry, b: Entry): boolean {
  if (a.type === 'file' && b.type === 'file') return contentMark(a) === contentMark(b);
  return a.type === 'symlink' && b.type === 'symlink' && a.target === b.target;
}

function fileAndFolder(path: string, first: string, second: string): PycontainerError {
  return new PycontainerError(
    'wheel-conflict',
    `/${path} is a file for one of ${first} and ${second}, a folder for the other`,
    {
      hint: `${first} and ${second} cannot be installed together: take one of them out of the lock.`,
    },
  );
}
