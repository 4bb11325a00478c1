import { PycontainerError } from '../errors.ts';
import type { Entry, FileEntry, HardlinkEntry } from './entry.ts';
import { replacedIn, withReplaced } from './replaced.ts';

/**
 * Entries in the order of their paths' bytes, as they go into the tar. Of files that are linked to each other the
 * first in this order becomes the file and the others its links, since a link must follow what it links to.
 *
 * Throws 'layer-entry-invalid' and 'layer-entry-duplicate'.
 * @param last of the layer before, where one follows another
 */
export function orderedEntries(entries: readonly Entry[], last?: LastOrder): readonly Entry[] {
  const replaced = last?.entries && replacedIn(last.entries, entries);
  if (last === undefined || replaced === undefined) {
    const ordered = orderedAnew(entries);
    last?.note(entries, ordered);
    return ordered;
  }
  for (const entry of replaced.values()) check(entry);
  const ordered = withReplaced(last.ordered, replaced);
  last.note(entries, ordered);
  return ordered;
}

/** How the entries of a layer were ordered, for the next one: of links that is not remembered. */
export class LastOrder {
  entries: readonly Entry[] | undefined;
  ordered: readonly Entry[] = [];

  note(entries: readonly Entry[], ordered: readonly Entry[]): void {
    const hasLinks = entries.some(({ type }) => type === 'hardlink');
    this.entries = hasLinks ? undefined : entries;
    this.ordered = ordered;
  }
}

function orderedAnew(entries: readonly Entry[]): readonly Entry[] {
  const byPath = new Map<string, Entry>();
  for (const entry of entries) {
    check(entry);
    if (byPath.has(entry.path)) throw duplicate(entry.path);
    byPath.set(entry.path, entry);
  }
  checkParents(entries, byPath);
  return linksBehindFiles(entries.toSorted(byPathBytes), byPath);
}

/** UTF-8 sorts like code points; UTF-16 does too, but for surrogates. */
function byPathBytes(a: Entry, b: Entry): number {
  if (surrogate.test(a.path) || surrogate.test(b.path)) return Buffer.compare(Buffer.from(a.path), Buffer.from(b.path));
  return a.path < b.path ? -1 : 1;
}

const surrogate = /[\ud800-\udfff]/;

/** Entries that may come again, as those of a watch do. */
const checked = new WeakSet<Entry>();

function check(entry: Entry): void {
  if (checked.has(entry)) return;
  const why = flaw(entry);
  if (why !== undefined) throw invalid(entry.path, why);
  checked.add(entry);
}

/** Nothing, `.` or `..`. */
const oddPart = /(?:^|\/)\.{0,2}(?:\/|$)/;

function flaw(entry: Entry): string | undefined {
  const { path, mode, uid, gid } = entry;
  if (oddPart.test(path)) return 'its path is not a plain path from the root';
  if (!isText(path)) return 'its path holds a NUL or is not valid Unicode';
  if (!isWhole(mode, 0o7777) || !isWhole(uid, 0xffffffff) || !isWhole(gid, 0xffffffff)) {
    return `its mode ${mode}, uid ${uid} or gid ${gid} is out of range`;
  }
  if (entry.mtimeSeconds !== undefined && !Number.isSafeInteger(entry.mtimeSeconds)) return 'its time is out of range';
  if (entry.type === 'file' && !isWhole(entry.sizeBytes, Number.MAX_SAFE_INTEGER)) return 'its size is out of range';
  if ((entry.type === 'symlink' || entry.type === 'hardlink') && (entry.target === '' || !isText(entry.target))) {
    return 'its link leads nowhere';
  }
  return undefined;
}

function isText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

function isWhole(value: number, largest: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value <= largest;
}

function checkParents(entries: readonly Entry[], byPath: ReadonlyMap<string, Entry>): void {
  let last = '';
  for (const { path } of entries) {
    // What follows each other is mostly in one folder.
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    if (folder !== last) checkParentsOf(path, byPath);
    last = folder;
  }
}

function checkParentsOf(path: string, byPath: ReadonlyMap<string, Entry>): void {
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
    const parent = byPath.get(path.slice(0, slash));
    if (parent === undefined) continue;
    if (parent.type === 'directory') return;
    throw invalid(path, `'${parent.path}', which it would lie in, is no directory`);
  }
}

function linksBehindFiles(sorted: readonly Entry[], byPath: ReadonlyMap<string, Entry>): readonly Entry[] {
  if (!sorted.some(({ type }) => type === 'hardlink')) return sorted;
  const firstPath = new Map<FileEntry, string>();
  return sorted.map((entry) => {
    const file = entry.type === 'hardlink' ? linkedFile(entry, byPath) : entry;
    if (file.type !== 'file') return entry;
    const first = firstPath.get(file);
    if (first === undefined) {
      firstPath.set(file, entry.path);
      return { ...file, path: entry.path };
    }
    const { mode, uid, gid, mtimeSeconds } = file;
    const time = mtimeSeconds === undefined ? {} : { mtimeSeconds };
    return { type: 'hardlink', path: entry.path, target: first, mode, uid, gid, ...time };
  });
}

function linkedFile(link: HardlinkEntry, byPath: ReadonlyMap<string, Entry>): FileEntry {
  const file = byPath.get(link.target);
  if (file?.type === 'file') return file;
  throw invalid(link.path, `'${link.target}', which it is linked to, is no file of this layer`);
}

function invalid(path: string, why: string): PycontainerError {
  return new PycontainerError('layer-entry-invalid', `'${path}' cannot stand in a layer: ${why}`);
}

function duplicate(path: string): PycontainerError {
  return new PycontainerError('layer-entry-duplicate', `Two entries of one layer want the path '${path}'`);
}
