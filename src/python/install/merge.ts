import { PycontainerError } from '../../errors.ts';
import type { FileFact, InstalledFacts } from './installed.ts';
import { parent } from './zip.ts';

/** Two packages write different bytes to one path. */
export interface Conflict {
  readonly path: string;
  /** Normalized names, in the order of the layers. */
  readonly first: string;
  readonly second: string;
  /** Whose bytes the image has: the second's, whose layer is above. */
  readonly winner: string;
}

type Package = Pick<InstalledFacts, 'name' | 'files'>;

/**
 * Finds where packages write over each other. They are given in the order of their layers, lowest first: by name, so
 * that the winner does not depend on chance. Equal bytes and shared folders are silent; a path that is a file for one
 * package and a folder for another cannot be installed at all ('wheel-conflict').
 */
export function findConflicts(packages: readonly Package[]): Conflict[] {
  const folders = foldersOf(packages);
  const seen = new Map<string, { readonly name: string; readonly file: FileFact }>();
  const conflicts: Conflict[] = [];
  for (const { name, files } of packages) {
    for (const file of files) {
      const { path } = file;
      const other = folders.get(path);
      if (other !== undefined) throw fileAndFolder(path, name, other);
      const before = seen.get(path);
      seen.set(path, { name, file });
      if (before === undefined || before.file.sha256 === file.sha256) continue;
      conflicts.push({ path, first: before.name, second: name, winner: name });
    }
  }
  return conflicts;
}

/** Every folder above a file, and the first package that has it. */
function foldersOf(packages: readonly Package[]): Map<string, string> {
  const folders = new Map<string, string>();
  for (const { name, files } of packages) {
    for (const file of files) {
      let path = parent(file.path);
      for (; path !== '' && !folders.has(path); path = parent(path)) folders.set(path, name);
    }
  }
  return folders;
}

function fileAndFolder(path: string, file: string, folder: string): PycontainerError {
  return new PycontainerError('wheel-conflict', `/${path} is a file of ${file} and a folder of ${folder}`, {
    hint: `${file} and ${folder} cannot be installed together: take one of them out of the lock.`,
  });
}
