import fs from 'node:fs';
import path from 'node:path';
import { PycontainerError } from '../errors.ts';
import { type Digest, digestOf } from '../oci/digest.ts';
import type { Entry } from '../layer/entry.ts';

/** What a root file system folder holds. */
export interface Listing {
  /** Sorted by the bytes of their path. All belong to root: a folder unpacked by an ordinary user belongs to that user. */
  readonly entries: readonly Entry[];
  /** Changes whenever a file may have changed; from names, modes, sizes, times and inodes, not from contents. */
  readonly identity: Digest;
  /** Devices, pipes and sockets, which are left out. */
  readonly leftOut: readonly string[];
}

interface Found {
  readonly path: string;
  readonly stats: fs.BigIntStats;
}

/** Throws 'base-not-found' when the folder cannot be read. */
export function listRootfs(folder: string, text: string): Listing {
  const found = walk(folder, '', text).sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  const firstOf = new Map<string, string>();
  const entries: Entry[] = [];
  const leftOut: string[] = [];
  for (const file of found) {
    const entry = entryOf(folder, file, firstOf);
    if (entry === undefined) leftOut.push(file.path);
    else entries.push(entry);
  }
  return { entries, identity: identityOf(entries, found), leftOut };
}

function walk(root: string, folder: string, text: string): Found[] {
  return names(path.join(root, folder), text).flatMap((name) => {
    const below = folder === '' ? name : `${folder}/${name}`;
    const stats = fs.lstatSync(path.join(root, below), { bigint: true });
    const own = { path: below, stats };
    return stats.isDirectory() ? [own, ...walk(root, below, text)] : [own];
  });
}

function names(folder: string, text: string): readonly string[] {
  try {
    return fs.readdirSync(folder);
  } catch (error) {
    throw new PycontainerError('base-not-found', `Base ${text}: ${folder} cannot be read`, {
      hint: 'Check the path under base, which is relative to the manifest, and that all its folders can be read.',
      cause: error,
    });
  }
}

/** `firstOf`: inode → path of the first name of a file; later names become hard links to it. */
function entryOf(folder: string, { path: name, stats }: Found, firstOf: Map<string, string>): Entry | undefined {
  const common = { path: name, mode: Number(stats.mode & 0o7777n), uid: 0, gid: 0 };
  const onDisk = path.join(folder, name);
  if (stats.isDirectory()) return { ...common, type: 'directory' };
  if (stats.isSymbolicLink()) return { ...common, mode: 0o777, type: 'symlink', target: fs.readlinkSync(onDisk) };
  if (!stats.isFile()) return undefined;
  const inode = `${stats.dev}:${stats.ino}`;
  const first = firstOf.get(inode);
  if (first !== undefined) return { ...common, type: 'hardlink', target: first };
  if (stats.nlink > 1n) firstOf.set(inode, name);
  return { ...common, type: 'file', sizeBytes: Number(stats.size), content: { kind: 'path', path: onDisk } };
}

function identityOf(entries: readonly Entry[], found: readonly Found[]): Digest {
  const stats = new Map(found.map((file) => [file.path, file.stats]));
  const lines = entries.map((entry) => {
    const { size, mtimeNs, ctimeNs, ino } = stats.get(entry.path) ?? {};
    const times = entry.type === 'directory' ? [] : [size, mtimeNs, ctimeNs, ino].map(String);
    return [entry.path, entry.type, entry.mode, 'target' in entry ? entry.target : null, ...times];
  });
  return digestOf(JSON.stringify(lines));
}
