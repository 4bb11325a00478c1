import { createHash, hash } from 'node:crypto';
import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import { PycontainerError, systemCode } from '../errors.ts';
import type { Store } from '../store/store.ts';
import type { AppFile, FileIdentity } from './app-file.ts';
import { stretchBetween } from './stretch.ts';

/** Path, size, mtime, ctime and inode of a file, then the sha256 (hex) of its bytes. Times are nanoseconds as text. */
type Row = readonly [path: string, size: number, mtimeNs: string, ctimeNs: string, inode: string, sha256: string];

interface Kept {
  /** When the hashes were written down, in nanoseconds as text. */
  readonly atNs: string;
  readonly rows: readonly Row[];
}

/** How coarse a file system's clock may be. A file that changed this shortly before it was hashed may change again unseen. */
const clockGrainNs = 2_000_000_000n;
const smallBytes = 1 << 20;

interface Found {
  readonly sha256: string;
  /** When it was hashed, in nanoseconds. */
  readonly atNs: bigint;
}

type Hashes = ReadonlyMap<string, string>;

/** Which paths have other hashes than in the map that another one was made from. */
const origins = new WeakMap<Hashes, { readonly before: WeakRef<Hashes>; readonly others: ReadonlySet<string> }>();

/** The paths whose hashes are not those of before. */
export function otherHashes(before: Hashes, now: Hashes): ReadonlySet<string> {
  if (before === now) return new Set();
  const origin = origins.get(now);
  if (origin?.before.deref() === before) return origin.others;
  return new Set([...now].flatMap(([path, sha256]) => (before.get(path) === sha256 ? [] : [path])));
}

/** Hashes of one choice of files that this process has found. */
export class HashMemory {
  #files: readonly AppFile[] = [];
  #hashes: ReadonlyMap<string, string> = new Map();
  /** Those that had only just changed when they were hashed. */
  #unsettled: readonly AppFile[] = [];

  get isEmpty(): boolean {
    return this.#files.length === 0;
  }

  /** The files whose hashes are not known, or may have changed unseen. */
  missing(files: readonly AppFile[]): readonly AppFile[] {
    const { from, endBefore, endNow } = stretchBetween(this.#files, files);
    const before = new Set(this.#files.slice(from, endBefore));
    const fresh = files.slice(from, endNow).filter((file) => file.type === 'file' && !before.has(file));
    const now = new Set(files.slice(from, endNow));
    return [...fresh, ...this.#unsettled.filter((file) => !before.has(file) || now.has(file))];
  }

  /** With what was found of all that was missing; the same map as before when it says the same. */
  complete(files: readonly AppFile[], found: ReadonlyMap<AppFile, Found>): ReadonlyMap<string, string> {
    const { from, endBefore, endNow } = stretchBetween(this.#files, files);
    const now = new Set(files.slice(from, endNow));
    const gone = this.#files.slice(from, endBefore).filter((file) => !now.has(file));
    const others = [...found].filter(([{ path }, { sha256 }]) => this.#hashes.get(path) !== sha256);
    if (gone.length + others.length > 0) {
      const hashes = new Map(this.#hashes);
      for (const { path } of gone) hashes.delete(path);
      for (const [{ path }, { sha256 }] of found) hashes.set(path, sha256);
      const before = new WeakRef(this.#hashes);
      origins.set(hashes, { before, others: new Set(others.map(([{ path }]) => path)) });
      this.#hashes = hashes;
    }
    this.#files = files;
    this.#unsettled = [...found].flatMap(([file, { atNs }]) => (isRacy(file, atNs) ? [file] : []));
    return this.#hashes;
  }
}

/**
 * sha256 (hex) of each file's bytes, by path. What was hashed before and has the same size, times and inode is not
 * read again, as in git's index; a file that had only just changed when it was hashed is.
 * @param name of the choice of files, under which the hashes are kept for the next time
 * @param seen what was hashed for other choices at the same time; is added to
 * @param memory of the same choice; while it is empty, the store is asked, and told
 */
export async function hashFiles(
  files: readonly AppFile[],
  name: string,
  store: Store,
  seen: Map<string, string> = new Map(),
  memory: HashMemory = new HashMemory(),
): Promise<ReadonlyMap<string, string>> {
  const isFirst = memory.isEmpty;
  const kept = isFirst ? await store.getResult<Kept>('file-hashes', name) : undefined;
  const known = new Map(kept?.rows.map((row) => [row[0], row]));
  const found = new Map<AppFile, Found>();
  const atNs = BigInt(Date.now()) * 1_000_000n;
  let read = 0;
  for (const file of memory.missing(files)) {
    const row = known.get(file.path);
    const keptNs = BigInt(kept?.atNs ?? 0);
    const isKept = row !== undefined && isSame(row, file) && !isRacy(file, keptNs);
    if (!isKept) read += 1;
    found.set(file, isKept ? { sha256: row[5], atNs: keptNs } : { sha256: await hashOnce(file, seen), atNs });
  }
  const hashes = memory.complete(files, found);
  if (isFirst && (read > 0 || hashes.size !== known.size)) {
    const rows = files.flatMap((file) => (file.type === 'file' ? [rowOf(file, hashes.get(file.path) ?? '')] : []));
    await store.putResult('file-hashes', name, { atNs: String(atNs), rows } satisfies Kept);
  }
  return hashes;
}

async function hashOnce(file: AppFile, seen: Map<string, string>): Promise<string> {
  const identity = [file.source, ...rowOf(file, '')].join(' ');
  const sha256 = seen.get(identity) ?? (await hashFile(file));
  seen.set(identity, sha256);
  return sha256;
}

function isSame([, size, mtimeNs, ctimeNs, inode]: Row, { sizeBytes, identity }: AppFile): boolean {
  return (
    size === sizeBytes &&
    mtimeNs === String(identity.mtimeNs) &&
    ctimeNs === String(identity.ctimeNs) &&
    inode === String(identity.inode)
  );
}

function isRacy({ identity }: AppFile, atNs: bigint): boolean {
  return identity.mtimeNs + clockGrainNs > atNs || identity.ctimeNs + clockGrainNs > atNs;
}

function rowOf({ path, sizeBytes, identity }: AppFile, sha256: string): Row {
  return [path, sizeBytes, String(identity.mtimeNs), String(identity.ctimeNs), String(identity.inode), sha256];
}

/** Throws 'file-changed-while-read' when size, times or inode are no longer those that were selected. */
async function hashFile(file: AppFile): Promise<string> {
  try {
    return file.sizeBytes <= smallBytes ? hashSmall(file) : await hashLarge(file);
  } catch (error) {
    if (error instanceof PycontainerError) throw error;
    if (systemCode(error) === 'ENOENT') throw changed(file);
    throw new PycontainerError(
      'file-unreadable',
      `${file.source} cannot be read (${systemCode(error) ?? 'unknown reason'})`,
      {
        hint: 'Mend its permissions, or leave it out with exclude.',
        cause: error,
      },
    );
  }
}

const buffer = Buffer.allocUnsafe(smallBytes + 1);

function hashSmall(file: AppFile): string {
  const descriptor = openSync(file.source, 'r');
  try {
    const length = readSync(descriptor, buffer, 0, buffer.length, 0);
    if (length !== file.sizeBytes || !isStill(descriptor, file.identity)) throw changed(file);
    return hash('sha256', buffer.subarray(0, length), 'hex');
  } finally {
    closeSync(descriptor);
  }
}

async function hashLarge(file: AppFile): Promise<string> {
  const descriptor = openSync(file.source, 'r');
  try {
    const digest = createHash('sha256');
    let length = 0;
    for await (const chunk of createReadStream('', {
      fd: descriptor,
      autoClose: false,
      highWaterMark: smallBytes,
      start: 0,
    })) {
      digest.update(chunk as Buffer);
      length += (chunk as Buffer).length;
    }
    if (length !== file.sizeBytes || !isStill(descriptor, file.identity)) throw changed(file);
    return digest.digest('hex');
  } finally {
    closeSync(descriptor);
  }
}

function isStill(descriptor: number, identity: FileIdentity): boolean {
  const now = fstatSync(descriptor, { bigint: true });
  return now.mtimeNs === identity.mtimeNs && now.ctimeNs === identity.ctimeNs && now.ino === identity.inode;
}

function changed(file: AppFile): PycontainerError {
  return new PycontainerError('file-changed-while-read', `${file.source} changed while it was read`, {
    hint: 'Run the command again when nothing writes to the file.',
  });
}
