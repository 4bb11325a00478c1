import { lstatSync, readdirSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { replacedIn, withReplaced } from '../layer/replaced.ts';
import type { AppFile, SelectedFiles } from './app-file.ts';

/** What a folder holds, as far as its kind goes. */
export interface Listed {
  readonly name: string;
  readonly isFolder: boolean;
}

interface Listing {
  readonly mark: string;
  readonly entries: readonly Listed[];
}

interface KnownFile {
  readonly file: AppFile;
  /** Taken before the file was looked at; absent after the first look. */
  readonly stats: Stats | undefined;
}

/** How coarse a file system's clock may be: what changed so shortly before it was looked at may change again unseen. */
const clockGrainMs = 2000;

/** What was chosen of a folder with all below it. */
export interface FoundBelow {
  readonly files: readonly AppFile[];
  readonly leftOut: readonly string[];
  readonly dangling: readonly string[];
  /** Absolute: each that was looked into. */
  readonly folders: readonly string[];
}

interface KnownBelow {
  readonly onlyAsked: boolean;
  readonly found: FoundBelow;
}

/**
 * What was found in a folder with all below it, so that the next look finds out what is still so without doing all of it
 * again. A folder in which something may have changed, and those above it, are looked at: every file, and what a folder
 * holds unless its own times say that it is as it was. What is below the others is as it was found.
 */
export class TreeMemory {
  readonly #below = new Map<string, KnownBelow>();
  readonly #listings = new Map<string, Listing>();
  readonly #files = new Map<string, KnownFile>();
  readonly #verdicts = new Map<string, string>();
  readonly #rules = new Map<string, string | undefined>();
  #sorted: { readonly found: readonly AppFile[]; readonly sorted: readonly AppFile[] } = { found: [], sorted: [] };
  #selected: SelectedFiles | undefined;

  /** Something may have changed in this folder; in all of them, where none is given. */
  doubt(folder?: string): void {
    if (folder === undefined) return this.#below.clear();
    this.#below.delete(folder);
    if (dirname(folder) !== folder) this.doubt(dirname(folder));
  }

  /** What is chosen of a folder in which nothing changed since it was looked at. */
  below(folder: string, onlyAsked: boolean): FoundBelow | undefined {
    const known = this.#below.get(folder);
    return known?.onlyAsked === onlyAsked ? known.found : undefined;
  }

  found(folder: string, known: KnownBelow): void {
    this.#below.set(folder, known);
  }

  /** The names in a folder. Throws as readdir. */
  list(folder: string): readonly Listed[] {
    const { mtimeMs, ctimeMs, ino } = lstatSync(folder);
    const mark = `${ino} ${mtimeMs} ${ctimeMs}`;
    const known = this.#listings.get(folder);
    if (known?.mark === mark) return known.entries;
    const isSettled = Math.max(mtimeMs, ctimeMs) + clockGrainMs < Date.now();
    const entries = readdirSync(folder, { withFileTypes: true }).map((entry) => ({
      name: entry.name,
      isFolder: entry.isDirectory(),
    }));
    if (isSettled) this.#listings.set(folder, { mark, entries });
    else this.#listings.delete(folder);
    return entries;
  }

  /**
   * The file as it was found before, when it is still the same; else as `look` finds it. The first time nothing but
   * that is done, since most looks are the only ones.
   */
  file(source: string, look: () => AppFile | undefined): AppFile | undefined {
    const known = this.#files.get(source);
    const stats = known === undefined ? undefined : lstatSync(source, { throwIfNoEntry: false });
    if (known?.stats !== undefined && stats !== undefined && isUntouched(known.stats, stats)) return known.file;
    const found = look();
    const file = known !== undefined && found !== undefined && isSameFile(known.file, found) ? known.file : found;
    if (file === undefined) this.#files.delete(source);
    else this.#files.set(source, { file, stats });
    return file;
  }

  /** What the ignore rules of a folder, or those above the tree, say now: where they are others, no verdict stands. */
  rules(folder: string, text: string | undefined): void {
    if (this.#rules.get(folder) === text) return;
    this.#rules.set(folder, text);
    this.#verdicts.clear();
    this.#below.clear();
  }

  /** Files as they were found, sorted by path. */
  sorted(files: readonly AppFile[]): readonly AppFile[] {
    const { found, sorted } = this.#sorted;
    const replaced = replacedIn(found, files);
    const now =
      replaced === undefined ? files.toSorted((a, b) => (a.path < b.path ? -1 : 1)) : withReplaced(sorted, replaced);
    this.#sorted = { found: files, sorted: now };
    return now;
  }

  /** What the look before found, when this one found the same. */
  same(selected: SelectedFiles): SelectedFiles {
    const before = this.#selected;
    if (before !== undefined && isSameChoice(before, selected)) return before;
    this.#selected = selected;
    this.#forgetMost(selected.files.length);
    return selected;
  }

  /** Files that come and go under new names, as editors make them, must not pile up. */
  #forgetMost(files: number): void {
    if (this.#files.size + this.#verdicts.size < 4 * files + 1000) return;
    for (const map of [this.#files, this.#verdicts, this.#listings]) map.clear();
  }

  verdict<T extends string>(path: string, judge: () => T): T {
    const known = this.#verdicts.get(path) as T | undefined;
    if (known !== undefined) return known;
    const verdict = judge();
    this.#verdicts.set(path, verdict);
    return verdict;
  }
}

/** Cheaper than whole nanoseconds, and as exact as a double is: a quarter of a microsecond. */
function isUntouched(a: Stats, b: Stats): boolean {
  return (
    a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs && a.size === b.size && a.ino === b.ino && a.mode === b.mode
  );
}

function isSameFile(a: AppFile, b: AppFile): boolean {
  return (
    a.identity.mtimeNs === b.identity.mtimeNs &&
    a.identity.ctimeNs === b.identity.ctimeNs &&
    a.identity.inode === b.identity.inode &&
    a.sizeBytes === b.sizeBytes &&
    a.type === b.type &&
    a.executable === b.executable &&
    a.target === b.target
  );
}

function isSameChoice(a: SelectedFiles, b: SelectedFiles): boolean {
  const isSameList = <T>(one: readonly T[], other: readonly T[]): boolean =>
    one.length === other.length && one.every((item, index) => item === other[index]);
  return (
    isSameList(a.files, b.files) &&
    isSameList(a.folders, b.folders) &&
    isSameList(a.leftOut, b.leftOut) &&
    isSameList(a.dangling, b.dangling) &&
    a.ignoreSource === b.ignoreSource
  );
}
