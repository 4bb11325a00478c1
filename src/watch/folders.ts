import { type FSWatcher, statSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { systemCode } from '../errors.ts';

export interface FolderEvents {
  /**
   * Something in a folder that is watched may have changed, or below it where it may be gone itself. May come for
   * nothing, and several times for one change.
   */
  readonly onChange: (folder: string, mayBeGone: boolean) => void;
  /** The system watches no more folders. */
  readonly onRefusal: (code: string) => void;
}

interface Watched {
  readonly watcher: FSWatcher;
  /** Tells the folder from another one that takes its name later. */
  readonly identity: string;
}

/**
 * Watches exactly the folders that it is told, not what is below them. A folder that went and came back is another
 * folder, whose events nobody would get: so each update compares what is watched with what is there.
 */
export class FolderWatcher {
  readonly #events: FolderEvents;
  readonly #watched = new Map<string, Watched>();
  #isClosed = false;

  constructor(events: FolderEvents) {
    this.#events = events;
  }

  /**
   * Watches these folders and no others; for one that is not there, the nearest above it. Answers with those that were
   * not watched: what happened in them before is still to be looked at.
   */
  update(folders: Iterable<string>): readonly string[] {
    const wanted = new Map<string, string>();
    for (const folder of folders) addNearest(folder, wanted);
    for (const [folder, { identity }] of this.#watched) if (wanted.get(folder) !== identity) this.#forget(folder);
    return [...wanted].flatMap(([folder, identity]) =>
      !this.#watched.has(folder) && this.#watch(folder, identity) ? [folder] : [],
    );
  }

  close(): void {
    this.#isClosed = true;
    for (const folder of this.#watched.keys()) this.#forget(folder);
  }

  /** The folder's identity was asked before: if another one takes its place now, the next update sees that. */
  #watch(folder: string, identity: string): boolean {
    try {
      const watcher = watch(folder);
      this.#watched.set(folder, { watcher, identity });
      // A folder tells its own end under its own name, and so does a file of that name in it: both are looked into.
      watcher.on('change', (event, name) => this.#changed(folder, event === 'rename' && name === basename(folder)));
      watcher.on('error', () => this.#changed(folder, true));
      return true;
    } catch (error) {
      const code = systemCode(error) ?? 'unknown reason';
      if (code === 'ENOENT' || code === 'ENOTDIR') return true;
      this.#events.onRefusal(code);
      return false;
    }
  }

  #changed(folder: string, mayBeGone: boolean): void {
    if (this.#isClosed) return;
    if (mayBeGone) this.#forget(folder);
    this.#events.onChange(folder, mayBeGone);
  }

  #forget(folder: string): void {
    this.#watched.get(folder)?.watcher.close();
    this.#watched.delete(folder);
  }
}

function addNearest(folder: string, into: Map<string, string>): void {
  if (into.has(folder)) return;
  const identity = identityOf(folder);
  if (identity !== undefined) into.set(folder, identity);
  else if (dirname(folder) !== folder) addNearest(dirname(folder), into);
}

/** undefined where there is no folder that can be looked at. */
function identityOf(folder: string): string | undefined {
  try {
    const stats = statSync(folder, { bigint: true });
    return stats.isDirectory() ? `${stats.dev} ${stats.ino} ${stats.birthtimeNs}` : undefined;
  } catch {
    return undefined;
  }
}
