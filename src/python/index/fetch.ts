import { PycontainerError } from '../../errors.ts';
import { parseDigest } from '../../oci/digest.ts';
import type { Store } from '../../store/store.ts';
import { localPath } from './address.ts';
import { type Candidate, candidates } from './candidates.ts';
import { download, hashMismatch } from './download.ts';
import type { WheelFile } from './file.ts';
import type { Finder } from './finder.ts';
import { hashFile } from './hashes.ts';
import { isVeryLarge } from './kept.ts';
import { unreadable } from './measure.ts';

/**
 * Gets a wheel and verifies it.
 *
 * Places, in this order: the store; find-links folders on this disk; the file's own URL; other find-links and the
 * indexes that its package may come from, where a file of this name and hash is as good. The indexes stand before the
 * URL when settings put a mirror in the place of pypi.org and the URL is on pypi.org's file host, or when that host did
 * not answer before. One fetch for each hash is under way at a time, however many ask.
 * @returns the path of the blob in the store; of a local wheel its own path, since it need not be copied
 * @throws PycontainerError 'wheel-hash-mismatch', 'index-unreachable', 'package-not-found', 'file-unreadable',
 *   'disk-full', 'offline', 'interrupted'
 */
export async function fetchWheel(file: WheelFile, finder: Finder): Promise<string> {
  for (;;) {
    const { flights } = stateOf(finder.store);
    const running = flights.get(file.sha256);
    if (running === undefined) {
      const flight = fetchOnce(file, finder).finally(() => flights.delete(file.sha256));
      flights.set(file.sha256, flight);
      return flight;
    }
    try {
      return await running;
    } catch (error) {
      const isOthers = error instanceof PycontainerError && error.code === 'interrupted';
      if (!isOthers || finder.access.signal?.aborted === true) throw error;
    }
  }
}

/** What this process knows of the wheels in a store, by sha256. */
interface StoreState {
  readonly flights: Map<string, Promise<string>>;
  /** Read and found whole, or written, by this process. */
  readonly verified: Set<string>;
}

const states = new WeakMap<Store, StoreState>();

function stateOf(store: Store): StoreState {
  const state = states.get(store) ?? { flights: new Map<string, Promise<string>>(), verified: new Set<string>() };
  states.set(store, state);
  return state;
}

async function fetchOnce(file: WheelFile, finder: Finder): Promise<string> {
  const stored = await storedWheel(file, finder);
  if (stored !== undefined) return stored;
  const errors: unknown[] = [];
  for await (const candidate of candidates(file, finder, errors)) {
    try {
      return await take(file, candidate, finder);
    } catch (error) {
      if (!mayGoOn(error, candidate)) throw error;
      errors.push(error);
      if (isUnreachable(error)) finder.noteFailure(candidate.url);
    }
  }
  const [first] = errors;
  throw first === undefined ? notFound(file) : sayingWhy(first, file);
}

/** Who has built with a very large wheel before wonders that it is not there. */
function sayingWhy(error: unknown, file: WheelFile): unknown {
  if (!(error instanceof PycontainerError) || error.code !== 'offline' || !isVeryLarge(file)) return error;
  return new PycontainerError('offline', `${file.filename} is needed, but the network must not be used`, {
    hint: 'So large a wheel is kept only until its layer is made. Run once without --offline (and without UV_OFFLINE).',
    cause: error,
  });
}

/** A blob that is damaged (a power loss may tear it) is passed over: what is fetched takes its place. */
async function storedWheel({ sha256, sizeBytes }: WheelFile, finder: Finder): Promise<string | undefined> {
  const { store, access, emit } = finder;
  const { verified } = stateOf(store);
  const digest = parseDigest(`sha256:${sha256}`);
  const path = store.blobPath(digest);
  if (!(await store.hasBlob(digest, sizeBytes))) return undefined;
  if (verified.has(sha256)) return path;
  const measured = await hashFile(path, new Set(), access.signal).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  if (measured.hashes[0] !== digest) {
    emit({ type: 'store-damage', digest, what: 'damaged' });
    return undefined;
  }
  verified.add(sha256);
  return path;
}

async function take(file: WheelFile, { url }: Candidate, finder: Finder): Promise<string> {
  const { filename, sha256, sizeBytes } = file;
  const path = localPath(url);
  if (path !== undefined) return verifyLocal(file, path, finder.access.signal);
  await finder.limit(async () => download({ filename, url, hashes: [`sha256:${sha256}`], sizeBytes }, finder));
  stateOf(finder.store).verified.add(sha256);
  return finder.store.blobPath(parseDigest(`sha256:${sha256}`));
}

async function verifyLocal(file: WheelFile, path: string, signal: AbortSignal | undefined): Promise<string> {
  const measured = await hashFile(path, new Set(), signal).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  if (measured.hashes[0] === `sha256:${file.sha256}`) return path;
  throw hashMismatch(file.filename, path, `Expected sha256:${file.sha256}, but got ${measured.hashes[0]}`);
}

function mayGoOn(error: unknown, { vouched }: Candidate): boolean {
  if (!(error instanceof PycontainerError)) return false;
  if (error.code === 'wheel-hash-mismatch') return !vouched;
  return ['index-unreachable', 'file-unreadable', 'offline'].includes(error.code);
}

/** Not an answer that says no, but no answer. */
function isUnreachable(error: unknown): boolean {
  return error instanceof PycontainerError && error.code === 'index-unreachable' && error.cause !== undefined;
}

function notFound({ filename, sha256 }: WheelFile): PycontainerError {
  return new PycontainerError('package-not-found', `No index has ${filename} with sha256:${sha256}`, {
    hint: 'Name the index that has it under `dependencies: indexes`, or put the file into a find-links folder.',
  });
}
