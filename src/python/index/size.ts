import { stat } from 'node:fs/promises';
import { PycontainerError } from '../../errors.ts';
import { parseDigest } from '../../oci/digest.ts';
import { get } from './access.ts';
import { localPath } from './address.ts';
import { candidates } from './candidates.ts';
import { fetchWheel } from './fetch.ts';
import type { WheelFile } from './file.ts';
import type { Finder } from './finder.ts';

/**
 * How many bytes a wheel has: as the lock or the index says, else as its file or its server says, else by fetching it.
 * It is asked for once; the answer belongs to the hash, so it is the same wherever the wheel comes from.
 * @throws PycontainerError as fetchWheel does
 */
export async function wheelSize(file: WheelFile, finder: Finder): Promise<number> {
  if (file.sizeBytes !== undefined) return file.sizeBytes;
  const kept = await finder.store.getResult<number>('wheel-size', file.sha256);
  if (kept !== undefined) return kept;
  const sizeBytes =
    (await storedSize(file, finder)) ?? (await offeredSize(file, finder)) ?? (await fetchedSize(file, finder));
  await finder.store.putResult('wheel-size', file.sha256, sizeBytes);
  return sizeBytes;
}

async function storedSize({ sha256 }: WheelFile, { store }: Finder): Promise<number | undefined> {
  const digest = parseDigest(`sha256:${sha256}`);
  return (await store.hasBlob(digest)) ? (await stat(store.blobPath(digest))).size : undefined;
}

async function offeredSize(file: WheelFile, finder: Finder): Promise<number | undefined> {
  for await (const { url } of candidates(file, finder, [])) {
    const path = localPath(url);
    const size = path === undefined ? await remoteSize(url, finder) : (await stat(path).catch(() => undefined))?.size;
    if (size !== undefined) return size;
  }
  return undefined;
}

/** Asks for one byte: the answer's `content-range` names the whole. */
async function remoteSize(url: string, finder: Finder): Promise<number | undefined> {
  try {
    const response = await finder.limit(() => get(url, finder.access, { range: 'bytes=0-0' }));
    await response.drain();
    const whole =
      response.status === 206 ? /\/([0-9]+)$/.exec(response.headers['content-range'] ?? '')?.[1] : undefined;
    const length = response.status === 200 ? response.headers['content-length'] : undefined;
    return whole === undefined && length === undefined ? undefined : Number(whole ?? length);
  } catch (error) {
    if (error instanceof PycontainerError && error.code !== 'interrupted') return undefined;
    throw error;
  }
}

async function fetchedSize(file: WheelFile, finder: Finder): Promise<number> {
  return (await stat(await fetchWheel(file, finder))).size;
}
