import type { BaseFolder } from '../base/base.ts';
import type { DirectoryRule, Owner } from '../config/target.ts';
import type { Entry } from '../layer/entry.ts';
import { parentsOf, placeInBase } from './place.ts';
import type { RuledFile } from './rules.ts';
import type { AppFile } from './app-file.ts';

/** Files that go into the image as they are, below one folder. */
export interface PlacedTree {
  readonly files: readonly AppFile[];
  /** sha256 (hex) by path, for every file. */
  readonly hashes: ReadonlyMap<string, string>;
  /** Absolute in the image. */
  readonly location: string;
}

export interface AppLayerParts {
  /** The app itself first, then members of its workspace. */
  readonly trees: readonly PlacedTree[];
  /** dist-infos, launchers, passwd: made by us, at their final paths. */
  readonly made: readonly Entry[];
  readonly rules: readonly RuledFile[];
  /** sha256 (hex) of what the rules copy, by source. */
  readonly ruleHashes: ReadonlyMap<string, string>;
  readonly directories: readonly DirectoryRule[];
  readonly workdir: string;
  readonly folders: Readonly<Record<string, BaseFolder>>;
}

const root: Owner = { uid: 0, gid: 0 };

/**
 * The app layer's entries, each path once: what a `files` or `directories` rule says wins over the trees, and what we
 * make wins over both. Parents are there with the base's own mode and owner.
 */
export function appEntries(parts: AppLayerParts): readonly Entry[] {
  const entries = new Map<string, Entry>();
  const add = (entry: Entry): void => {
    entries.set(entry.path, entry);
  };
  add(directory(placeInBase(parts.workdir, parts.folders), parts));
  for (const tree of parts.trees) {
    for (const file of tree.files) add(treeEntry(file, tree, parts.folders));
  }
  for (const { file, dest, owner, mode } of parts.rules) {
    add(entryOf(file, placeInBase(dest, parts.folders), parts.ruleHashes.get(file.source), owner, mode));
  }
  for (const { path, owner = root, mode = 0o755 } of parts.directories) {
    add({ type: 'directory', path: placeInBase(path, parts.folders), mode, ...owner });
  }
  for (const entry of parts.made) add({ ...entry, path: placeInBase(`/${entry.path}`, parts.folders) });
  entries.delete('');
  const all = [...entries.values()];
  return [...all, ...parentsOf(all, parts.folders)];
}

function directory(path: string, { folders }: AppLayerParts): Entry {
  const known = folders[`/${path}`];
  const owner = known !== undefined && !('symlink' in known) ? known : { mode: 0o755, uid: 0, gid: 0 };
  return { type: 'directory', path, mode: owner.mode, uid: owner.uid, gid: owner.gid };
}

interface Placed {
  readonly location: string;
  readonly folders: AppLayerParts['folders'];
  readonly sha256: string | undefined;
  readonly entry: Entry;
}

const placed = new WeakMap<AppFile, Placed>();

/** A file that was found as it was before has the entry that it had. */
export function treeEntry(file: AppFile, { location, hashes }: PlacedTree, folders: AppLayerParts['folders']): Entry {
  const sha256 = hashes.get(file.path);
  const known = placed.get(file);
  if (known?.sha256 === sha256 && known?.location === location && known.folders === folders) return known.entry;
  const entry = entryOf(file, placeInBase(`${location}/${file.path}`, folders), sha256);
  placed.set(file, { location, folders, sha256, entry });
  return entry;
}

/** `path`: as in a layer. */
export function entryOf(
  file: Omit<AppFile, 'identity'>,
  path: string,
  sha256: string | undefined,
  owner: Owner = root,
  mode?: number,
): Entry {
  const common = { path, ...owner };
  if (file.type === 'directory') return { ...common, type: 'directory', mode: mode ?? 0o755 };
  if (file.type === 'symlink') return { ...common, type: 'symlink', mode: 0o777, target: file.target ?? '' };
  return {
    ...common,
    type: 'file',
    mode: mode ?? (file.executable ? 0o755 : 0o644),
    sizeBytes: file.sizeBytes,
    content: { kind: 'path', path: file.source, ...(sha256 === undefined ? {} : { sha256 }) },
  };
}
