import { createHash, hash } from 'node:crypto';
import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import { PycontainerError, systemCode } from '../errors.ts';
import type { Store } from '../store/store.ts';
import type { AppFile, FileIdentity } from './app-file.ts';

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

/** Hashes of one choice of files that this process has found. */
export class HashMemory {
  readonly #found = new Map<string, { readonly file: AppFile; readonly sha256: string; readonly atNs: bigint }>();
  #hashes: ReadonlyMap<string, string> = new Map();

  get isEmpty(): boolean {
    return this.#found.size === 0;
  }

  /** undefined for what is another file, or may have changed unseen. */
  find(file: AppFile): string | undefined {
    const known = this.#found.get(file.path);
    return known !== undefined && known.file === file && !isRacy(file, known.atNs) ? known.sha256 : undefined;
  }

  note(file: AppFile, sha256: string, atNs: bigint): void {
    this.#found.set(file.path, { file, sha256, atNs });
  }

  /** The same map as before when it holds the same. */
  same(hashes: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
    if (isSameMap(this.#hashes, hashes)) return this.#hashes;
    this.#hashes = hashes;
    if (this.#found.size > 2 * hashes.size + 1000) this.#found.clear();
    return hashes;
  }
}

function isSameMap(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  if (a.size !== b.size) return false;
  for (const [path, sha256] of a) if (b.get(path) !== sha256) return false;
  return true;
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
  const hashes = new Map<string, string>();
  const atNs = BigInt(Date.now()) * 1_000_000n;
  let read = 0;
  for (const file of files) {
    if (file.type !== 'file') continue;
    const remembered = memory.find(file);
    if (remembered !== undefined) {
      hashes.set(file.path, remembered);
      continue;
    }
    const row = known.get(file.path);
    const isKept = kept !== undefined && row !== undefined && isSame(row, file) && !isRacy(file, BigInt(kept.atNs));
    const sha256 = isKept ? row[5] : await hashOnce(file, seen);
    if (!isKept) read += 1;
    memory.note(file, sha256, isKept ? BigInt(kept.atNs) : atNs);
    hashes.set(file.path, sha256);
  }
  if (isFirst && (read > 0 || hashes.size !== known.size)) {
    const rows = files.flatMap((file) => (file.type === 'file' ? [rowOf(file, hashes.get(file.path) ?? '')] : []));
    await store.putResult('file-hashes', name, { atNs: String(atNs), rows } satisfies Kept);
  }
  return memory.same(hashes);
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
