import { statSync } from 'node:fs';
import { PycontainerError, systemCode } from '../../errors.ts';
import { localPath } from './address.ts';
import { download, hashMismatch } from './download.ts';
import type { Finder } from './finder.ts';
import { algorithmsOf, firstUnmet, hashFile, type Measured } from './hashes.ts';

export interface Unmeasured {
  readonly filename: string;
  readonly url: string;
  /** `algorithm:hex`, all of which must hold. */
  readonly hashes: readonly string[];
  readonly sizeBytes?: number | undefined;
}

/**
 * Learns the sha256 of a file by reading it: from disk, else by bringing it into the store. What was learned is kept:
 * for a local file until its size, time or inode changes, for a URL until `refresh`.
 * @param wanted hashes of other algorithms that the caller compares with
 * @throws PycontainerError 'wheel-hash-mismatch', 'file-unreadable', 'index-unreachable', 'offline', …
 */
export async function measure(file: Unmeasured, finder: Finder, wanted: readonly string[] = []): Promise<Measured> {
  const names = algorithmsOf([...file.hashes, ...wanted]).difference(new Set(['sha256']));
  const path = localPath(file.url);
  const measured =
    path === undefined ? await measureRemote(file, names, finder) : await measureLocal(path, names, finder);
  const unmet = firstUnmet(measured.hashes, file.hashes);
  if (unmet === undefined) return measured;
  throw hashMismatch(file.filename, file.url, `Expected ${unmet}, but got ${measured.hashes.join(', ')}`);
}

async function measureRemote(file: Unmeasured, names: ReadonlySet<string>, finder: Finder): Promise<Measured> {
  const key = JSON.stringify([file.url, [...names].toSorted()]);
  const kept = finder.refresh ? undefined : await finder.store.getResult<Measured>('file-hashes', key);
  if (kept !== undefined) return kept;
  const measured = await finder.limit(async () => download({ ...file, wanted: names }, finder));
  await finder.store.putResult('file-hashes', key, measured);
  return measured;
}

async function measureLocal(path: string, names: ReadonlySet<string>, finder: Finder): Promise<Measured> {
  try {
    const { size, mtimeMs, ino } = statSync(path);
    const key = JSON.stringify([path, size, mtimeMs, ino, [...names].toSorted()]);
    const kept = await finder.store.getResult<Measured>('file-hashes', key);
    if (kept !== undefined) return kept;
    const measured = await hashFile(path, names, finder.access.signal);
    await finder.store.putResult('file-hashes', key, measured);
    return measured;
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** The error for a file on disk that cannot be read; errors of ours pass through. */
export function unreadable(path: string, error: unknown): PycontainerError {
  if (error instanceof PycontainerError) return error;
  if (error instanceof Error && error.name === 'AbortError') {
    return new PycontainerError('interrupted', 'Interrupted', { cause: error });
  }
  return new PycontainerError('file-unreadable', `${path} cannot be read (${systemCode(error) ?? 'unknown'})`, {
    cause: error,
  });
}
