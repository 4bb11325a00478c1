import { access, constants, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { Explorer } from 'cosmiconfig/dist/Explorer.js';
import { parse } from 'smol-toml';
import { PycontainerError, systemCode } from '../errors.ts';

/** In the order in which they are tried in each folder. */
const searchPlaces = ['pycontainer.yaml', 'pycontainer.yml', 'pyproject.toml'];

export interface FoundManifest {
  /** Absolute. */
  readonly file: string;
  readonly text: string;
}

/**
 * The class is taken, not the function around it: that one first looks for settings of its own in the working folder,
 * and would run a `.config/config.js` that it finds there.
 */
const explorer = new Explorer({
  moduleName: 'pycontainer',
  searchPlaces,
  loaders: { '.yaml': (_, text) => text, '.yml': (_, text) => text, '.toml': loadPyproject },
  searchStrategy: 'none',
  ignoreEmptySearchPlaces: false,
  cache: false,
  transform: (result) => result,
  metaConfigFilePath: null,
  mergeImportArrays: true,
  mergeSearchPlaces: true,
});

/** The nearest manifest in `directory` or above it, up to the repository's root. */
export async function discoverManifest(directory: string): Promise<FoundManifest | undefined> {
  for (const folder of await foldersUpwards(directory)) {
    const found = await explorer.search(folder);
    const name = found === null ? undefined : path.basename(found.filepath);
    for (const place of searchPlaces.slice(0, name === undefined ? undefined : searchPlaces.indexOf(name))) {
      await refuseUnreadable(path.join(folder, place));
    }
    if (found !== null) return { file: found.filepath, text: String(found.config ?? '') };
  }
  return undefined;
}

/** Reads the manifest that the user named. Throws 'manifest-not-found' or 'file-unreadable'. */
export async function readManifest(file: string, shown: string): Promise<FoundManifest> {
  try {
    return { file, text: await readFile(file, 'utf8') };
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') {
      throw new PycontainerError('manifest-not-found', `There is no file ${shown}`, {
        hint: 'Check the path after -f.',
        cause: error,
      });
    }
    throw new PycontainerError(
      'file-unreadable',
      `${shown} cannot be read (${systemCode(error) ?? 'unknown reason'})`,
      {
        hint: 'Name a file that you may read.',
        cause: error,
      },
    );
  }
}

/** `directory` and the folders above it, up to the one that holds `.git`, else to the file system's root. */
export async function foldersUpwards(directory: string): Promise<string[]> {
  const folders: string[] = [];
  for (let folder = path.resolve(directory); ; folder = path.dirname(folder)) {
    folders.push(folder);
    if (folder === path.dirname(folder) || (await exists(path.join(folder, '.git')))) return folders;
  }
}

/** A project's file counts only when it has our table, or would have it if it were not broken. */
function loadPyproject(_: string, text: string): string | null {
  try {
    const { tool } = parse(text);
    return typeof tool === 'object' && 'pycontainer' in tool ? text : null;
  } catch {
    return /^\s*\[+\s*tool\s*\.\s*["']?pycontainer\b/m.test(text) ? text : null;
  }
}

/** The search passes over what it may not read; the user would wonder why. */
async function refuseUnreadable(file: string): Promise<void> {
  try {
    await access(file, constants.R_OK);
  } catch (error) {
    if (systemCode(error) !== 'EACCES') return;
    throw new PycontainerError('file-unreadable', `${file} cannot be read`, { cause: error });
  }
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
