import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { inflateRawSync } from 'node:zlib';
import { type Entry, type FileEntry } from '../../src/layer/entry.ts';
import { tarEntries } from '../../src/layer/read.ts';

/** All that is to be said of one path, the same whether it was meant, stands in a tar, or was unpacked. */
export interface Row {
  readonly path: string;
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeSeconds: number;
  /** Of files. */
  readonly sizeBytes?: number;
  /** Of files, in hex. */
  readonly sha256?: string;
  /** Of symlinks. */
  readonly target?: string;
  /** All paths of a file that has several. */
  readonly paths?: readonly string[];
}

/** A tar's entry: hard links are not yet seen as what they are. */
export type TarRow = Omit<Row, 'paths'>;

const byPath = (a: { path: string }, b: { path: string }): number => (a.path < b.path ? -1 : 1);

/** What a layer of these entries is to hold. */
export function rowsMeant(entries: readonly Entry[], mtimeSeconds: number): readonly Row[] {
  return settled(
    entries.map((entry): TarRow => {
      const { path: place, type, mode, uid, gid } = entry;
      const common = { path: place, type, mode, uid, gid, mtimeSeconds: entry.mtimeSeconds ?? mtimeSeconds };
      if (entry.type === 'directory') return common;
      if (entry.type !== 'file') return { ...common, target: entry.target };
      return { ...common, sizeBytes: entry.sizeBytes, sha256: sha256(contentOf(entry)) };
    }),
  );
}

/** As tar-stream reads a tar. */
export async function rowsOfTar(tar: Readable): Promise<readonly Row[]> {
  const rows: TarRow[] = [];
  for await (const { header, body } of tarEntries(tar)) {
    const { sizeBytes, ...rest } = header;
    const sum = createHash('sha256');
    for await (const chunk of body as AsyncIterable<Buffer>) sum.update(chunk);
    rows.push(header.type === 'file' ? { ...rest, sizeBytes, sha256: sum.digest('hex') } : rest);
  }
  return settled(rows);
}

/** Of everything below a folder. */
export function rowsOfFolder(folder: string): readonly Row[] {
  const seen = new Map<number, string>();
  return settled(
    namesBelow(folder).map((name): TarRow => {
      const place = path.join(folder, name);
      const stats = fs.lstatSync(place);
      const { uid, gid, ino } = stats;
      const common = { path: name, mode: stats.mode & 0o7777, uid, gid, mtimeSeconds: stats.mtimeMs / 1000 };
      if (stats.isDirectory()) return { ...common, type: 'directory' };
      if (stats.isSymbolicLink()) return { ...common, type: 'symlink', target: fs.readlinkSync(place) };
      const first = seen.get(ino);
      seen.set(ino, first ?? name);
      if (first !== undefined) return { ...common, type: 'hardlink', target: first };
      const type = stats.isFile() ? 'file' : 'other';
      return { ...common, type, sizeBytes: stats.size, sha256: sha256(fs.readFileSync(place)) };
    }),
  );
}

/** Without following links, as `readdir` does when it goes down by itself. */
function namesBelow(folder: string): readonly string[] {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (!entry.isDirectory()) return [entry.name];
    return [entry.name, ...namesBelow(path.join(folder, entry.name)).map((name) => `${entry.name}/${name}`)];
  });
}

/** Sorted; hard links are files with several paths, whichever of them stands first in a tar. */
export function settled(rows: readonly TarRow[]): readonly Row[] {
  const files = new Map(rows.filter(({ type }) => type === 'file').map((row) => [row.path, row]));
  const links = rows.filter(({ type }) => type === 'hardlink');
  const groups = Map.groupBy(links, ({ target = '' }) => target);
  const all = rows.map((row): Row => {
    const first = row.type === 'hardlink' ? (row.target ?? '') : row.path;
    const group = groups.get(first);
    const file = files.get(first);
    if (group === undefined || file === undefined) return row;
    return { ...file, path: row.path, paths: [first, ...group.map((link) => link.path)].toSorted() };
  });
  return all.toSorted(byPath);
}

function contentOf({ content }: FileEntry): Uint8Array {
  if (content.kind === 'bytes') return content.bytes;
  if (content.kind === 'path') return fs.readFileSync(content.path);
  const { offset, compressedSizeBytes, method } = content;
  const stored = fs.readFileSync(content.archive).subarray(offset, offset + compressedSizeBytes);
  return method === 8 ? inflateRawSync(stored) : stored;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
