import fs from 'node:fs';
import path from 'node:path';
import { type Digest, parseDigest } from '../oci/digest.ts';
import { decodeResult } from './result.ts';
import { graceMs, type Store } from './store.ts';

/** A result as `cache ls` shows it. */
export interface ListedResult {
  readonly file: string;
  readonly kind: string;
  readonly key: string;
  readonly blobs: readonly Digest[];
  /** Milliseconds since 1970, to the hour. */
  readonly lastUsedMs: number;
}

export interface ListedBlob {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly writtenMs: number;
}

export interface StoreListing {
  readonly results: readonly ListedResult[];
  readonly blobs: readonly ListedBlob[];
}

/** What is in the store now. Results that are torn are left out; pruning removes them. */
export async function listStore(store: Store): Promise<StoreListing> {
  const results = resultFiles(store).flatMap((file) => listResult(file) ?? []);
  const folder = path.join(store.directory, 'blobs/sha256');
  const blobs = fs.readdirSync(folder).flatMap((name) => {
    const stats = fs.statSync(path.join(folder, name), { throwIfNoEntry: false });
    if (stats === undefined || !/^[0-9a-f]{64}$/.test(name)) return [];
    return [{ digest: parseDigest(`sha256:${name}`), sizeBytes: stats.size, writtenMs: stats.mtimeMs }];
  });
  return { results, blobs };
}

export interface PruneOptions {
  /** Drops results that were not used for so long. */
  readonly unusedForMs?: number;
  /** Then drops the longest unused results until the blobs take no more than this. */
  readonly maxBytes?: number;
  /** Milliseconds since 1970. */
  readonly nowMs?: number;
}

export interface Pruned {
  readonly results: number;
  readonly blobs: number;
  readonly freedBytes: number;
  /** Of the blobs that stay. */
  readonly leftBytes: number;
}

/**
 * Removes results by {@link PruneOptions}, and blobs that no result is left for. What was used or written within the
 * last hours stays, whatever the options say, since a build that runs at the same time may be about to use it.
 */
export async function pruneStore(store: Store, options: PruneOptions = {}): Promise<Pruned> {
  const nowMs = options.nowMs ?? Date.now();
  const { results, blobs } = await listStore(store);
  const dropped = chooseResults(results, blobs, options, nowMs);
  const kept = new Set(results.filter((result) => !dropped.has(result)).flatMap((result) => result.blobs));
  const torn = new Set(resultFiles(store)).difference(new Set(results.map(({ file }) => file)));
  for (const file of [...[...dropped].map((result) => result.file), ...torn]) fs.rmSync(file, { force: true });
  const removed = blobs.filter(({ digest, writtenMs }) => !kept.has(digest) && nowMs - writtenMs > graceMs);
  for (const { digest } of removed) fs.rmSync(store.blobPath(digest), { force: true });
  const [freedBytes, totalBytes] = [bytesOf(removed), bytesOf(blobs)];
  return {
    results: dropped.size + torn.size,
    blobs: removed.length,
    freedBytes,
    leftBytes: totalBytes - freedBytes,
  };
}

function bytesOf(blobs: readonly ListedBlob[]): number {
  return blobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

function chooseResults(
  results: readonly ListedResult[],
  blobs: readonly ListedBlob[],
  { unusedForMs = Infinity, maxBytes = Infinity }: PruneOptions,
  nowMs: number,
): Set<ListedResult> {
  const sizes = new Map(blobs.map(({ digest, sizeBytes }) => [digest, sizeBytes]));
  const uses = new Map<Digest, number>();
  for (const digest of results.flatMap((result) => result.blobs)) uses.set(digest, (uses.get(digest) ?? 0) + 1);
  let bytes = [...uses.keys()].reduce((sum, digest) => sum + (sizes.get(digest) ?? 0), 0);
  const dropped = new Set<ListedResult>();
  for (const result of results.toSorted((a, b) => a.lastUsedMs - b.lastUsedMs)) {
    const unusedMs = nowMs - result.lastUsedMs;
    if (unusedMs <= graceMs || (unusedMs <= unusedForMs && bytes <= maxBytes)) continue;
    dropped.add(result);
    for (const digest of result.blobs) {
      const left = (uses.get(digest) ?? 0) - 1;
      uses.set(digest, left);
      if (left === 0) bytes -= sizes.get(digest) ?? 0;
    }
  }
  return dropped;
}

function resultFiles({ directory }: Store): string[] {
  const folder = path.join(directory, 'results');
  return fs.readdirSync(folder).flatMap((kind) => {
    return fs.readdirSync(path.join(folder, kind)).map((name) => path.join(folder, kind, name));
  });
}

function listResult(file: string): ListedResult | undefined {
  const stats = fs.statSync(file, { throwIfNoEntry: false });
  const result = stats && decodeResult(fs.readFileSync(file, 'utf8'));
  if (stats === undefined || result === undefined) return undefined;
  return { file, kind: result.kind, key: result.key, blobs: result.blobs, lastUsedMs: stats.mtimeMs };
}
