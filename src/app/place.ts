import type { BaseFolder } from '../base/base.ts';
import type { DirectoryEntry, Entry } from '../layer/entry.ts';

type Folders = Readonly<Record<string, BaseFolder>>;

const hopsAtMost = 40;

/**
 * An absolute path of the image as a layer must spell it: symlinked folders of the base followed (`/bin/x` is
 * `usr/bin/x` where `/bin` is a link), since a folder in a layer would replace the link. No leading slash.
 */
export function placeInBase(path: string, folders: Folders): string {
  const pending = path.split('/').filter((part) => part !== '' && part !== '.');
  const done: string[] = [];
  for (let hops = 0; pending.length > 0;) {
    const part = pending.shift() ?? '';
    if (part === '..') {
      done.pop();
      continue;
    }
    const folder = Object.hasOwn(folders, `/${[...done, part].join('/')}`)
      ? folders[`/${[...done, part].join('/')}`]
      : undefined;
    if (folder === undefined || !('symlink' in folder) || hops >= hopsAtMost) {
      done.push(part);
      continue;
    }
    hops += 1;
    if (folder.symlink.startsWith('/')) done.length = 0;
    pending.unshift(...folder.symlink.split('/').filter((piece) => piece !== '' && piece !== '.'));
  }
  return done.join('/');
}

/** The folders above the entries that are not entries themselves, with the base's mode and owner where it has them. */
export function parentsOf(entries: readonly Entry[], folders: Folders): readonly DirectoryEntry[] {
  const own = new Set(entries.map(({ path }) => path));
  const parents = new Set<string>();
  let last = '/';
  for (const { path } of entries) {
    // What follows each other is mostly in one folder.
    if (path.startsWith(last) && !path.includes('/', last.length)) continue;
    last = path.slice(0, path.lastIndexOf('/') + 1) || '/';
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const parent = path.slice(0, end);
      if (parents.has(parent)) break;
      if (!own.has(parent)) parents.add(parent);
    }
  }
  return [...parents].toSorted().map((path) => directoryAsIn(path, folders));
}

function directoryAsIn(path: string, folders: Folders): DirectoryEntry {
  const folder = Object.hasOwn(folders, `/${path}`) ? folders[`/${path}`] : undefined;
  const known = folder !== undefined && !('symlink' in folder) ? folder : { mode: 0o755, uid: 0, gid: 0 };
  return { type: 'directory', path, mode: known.mode, uid: known.uid, gid: known.gid };
}
