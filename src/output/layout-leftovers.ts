import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, isDigest, parseDigest } from '../oci/digest.ts';
import { isIndexType, isManifestType } from '../oci/manifest.ts';
import { blobPath, textOf, writeWhole } from './layout-files.ts';
import { type LayoutEntry, referencesIn } from './layout-index.ts';

/** Blobs that a delivery may leave without an entry that needs them, a digest a line; there only while one is under way. */
const noteName = '.pycontainer.unfinished';

/** Whether a delivery was broken off, or is under way. */
export function hasLeftovers(directory: string): boolean {
  return existsSync(join(directory, noteName));
}

/**
 * Writes down, before anything else is written, what may have to go: what is about to be written, what the entries reach
 * that may be replaced, and what an earlier delivery left so. Blobs of anybody else are never among them.
 */
export async function noteLeftovers(
  directory: string,
  replaceable: readonly LayoutEntry[],
  toWrite: readonly Digest[],
): Promise<void> {
  const earlier = await readNote(directory);
  const all = new Set([...earlier, ...(await reach(directory, replaceable)), ...toWrite]);
  await writeWhole(join(directory, noteName), [...all].map((digest) => `${digest}\n`).join(''));
}

/** Removes all that was written down and that none of these entries reaches. */
export async function removeLeftovers(directory: string, entries: readonly LayoutEntry[]): Promise<void> {
  const keep = await reach(directory, entries);
  const gone = (await readNote(directory)).difference(keep);
  await Promise.all([...gone].map((digest) => rm(blobPath(directory, digest), { force: true })));
  await rm(join(directory, noteName), { force: true });
}

async function readNote(directory: string): Promise<ReadonlySet<Digest>> {
  const lines = ((await textOf(join(directory, noteName))) ?? '').split('\n');
  return new Set(lines.filter(isDigest).map(parseDigest));
}

async function reach(directory: string, entries: readonly LayoutEntry[]): Promise<ReadonlySet<Digest>> {
  const reached = new Set<Digest>();
  const visit = async ({ digest: text, mediaType }: LayoutEntry): Promise<void> => {
    if (!isDigest(text)) return;
    const digest = parseDigest(text);
    if (reached.has(digest)) return;
    reached.add(digest);
    if (!isIndexType(mediaType) && !isManifestType(mediaType)) return;
    await Promise.all(referencesIn((await textOf(blobPath(directory, digest))) ?? '').map(visit));
  };
  await Promise.all(entries.map(visit));
  return reached;
}
