import { PycontainerError } from '../errors.ts';
import type { Container } from '../engine/container.ts';
import { putFiles, runInside } from '../engine/container-files.ts';
import type { Engine } from '../engine/engine.ts';
import { type Entry, textFile } from '../layer/entry.ts';
import { syncedMark } from './bring-up.ts';
import type { Changes } from './changes.ts';
import { syncTar } from './sync-tar.ts';

/** More removals than this are not worth a command line. */
const mostRemovals = 500;

/**
 * Takes files and links away, and folders that nothing is left in but bytecode. What is gone already is no matter.
 * Arguments are absolute paths, what lies in a folder before the folder.
 */
const removal = `import os, sys
def gone(act, *args):
    try: return act(*args)
    except OSError: return []
for path in sys.argv[1:]:
    if not os.path.isdir(path) or os.path.islink(path):
        gone(os.unlink, path)
        continue
    cache = os.path.join(path, "__pycache__")
    for name in gone(os.listdir, cache): gone(os.unlink, os.path.join(cache, name))
    gone(os.rmdir, cache)
    gone(os.rmdir, path)
`;

/** Brings files of one container up to date. Keeps the times that it gave, so that they only ever grow. */
export class FileSync {
  readonly #lastSeconds = new Map<string, number>();

  /**
   * Puts files into a container and takes others away. What lies below a mount is the host's, and left alone.
   *
   * Files are taken away with the image's own Python, so that no shell is needed. Where that cannot be, nothing is done:
   * false then, also when the container takes no files; a new container has to take its place.
   *
   * @param interpreter absolute in the image
   * @returns how many files were put in or taken out
   * @throws PycontainerError 'file-changed-while-read', with some files put in
   */
  async apply(
    engine: Engine,
    container: Container,
    changes: Changes,
    interpreter: string | undefined,
  ): Promise<number | false> {
    const isOurs = ({ path }: Entry): boolean => !container.mounts.some((mount) => isBelow(`/${path}`, mount));
    const put = changes.put.filter(isOurs);
    const removed = changes.removed.filter(isOurs);
    if (removed.length > 0) {
      if (interpreter === undefined || !container.isRunning || removed.length > mostRemovals) return false;
      if (!(await this.#remove(engine, container.id, removed, interpreter))) return false;
    }
    try {
      await putFiles(engine, container.id, syncTar([...put, textFile(syncedMark, '')], this.#clock()));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return false;
    }
    return [...put, ...removed].filter(({ type }) => type !== 'directory').length;
  }

  async #remove(engine: Engine, id: string, removed: readonly Entry[], interpreter: string): Promise<boolean> {
    const paths = removed.map(({ path }) => `/${path}`).toSorted((a, b) => (a < b ? 1 : -1));
    try {
      return (await runInside(engine, id, [interpreter, '-I', '-S', '-c', removal, ...paths])) === 0;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return false;
    }
  }

  /**
   * Bytecode is compared by whole seconds and the source's size, so that two saves in one second must not have the same
   * time.
   */
  #clock(): (path: string) => number {
    const now = Math.floor(Date.now() / 1000);
    return (path) => {
      const seconds = Math.max(now, (this.#lastSeconds.get(path) ?? 0) + 1);
      this.#lastSeconds.set(path, seconds);
      return seconds;
    };
  }
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}

function isRefusal(error: unknown): boolean {
  return error instanceof PycontainerError && error.code.startsWith('engine-') && error.code !== 'engine-unreachable';
}
