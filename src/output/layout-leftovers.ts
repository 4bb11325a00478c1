import { existsSync, rmSync } from 'node:fs';
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
export function noteLeftovers(
  directory: string,
  replaceable: readonly LayoutEntry[],
  toWrite: readonly Digest[],
): void {
  const all = new Set([...readNote(directory), ...reach(directory, replaceable), ...toWrite]);
  writeWhole(join(directory, noteName), [...all].map((digest) => `${digest}\n`).join(''));
}

/** Removes all that was written down and that none of these entries reaches. */
export function removeLeftovers(directory: string, entries: readonly LayoutEntry[]): void {
  const gone = readNote(directory).difference(reach(directory, entries));
  for (const digest of gone) rmSync(blobPath(directory, digest), { force: true });
  rmSync(join(directory, noteName), { force: true });
}

function readNote(directory: string): ReadonlySet<Digest> {
  const lines = (textOf(join(directory, noteName)) ?? '').split('\n');
  return new Set(lines.filter(isDigest).map(parseDigest));
}

function reach(directory: string, entries: readonly LayoutEntry[]): ReadonlySet<Digest> {
  const reached = new Set<Digest>();
  const visit = ({ digest: text, mediaType }: LayoutEntry): void => {
    if (!isDigest(text)) return;
    const digest = parseDigest(text);
    if (reached.has(digest)) return;
    reached.add(digest);
    if (!isIndexType(mediaType) && !isManifestType(mediaType)) return;
    for (const entry of referencesIn(textOf(blobPath(directory, digest)) ?? '')) visit(entry);
  };
  for (const entry of entries) visit(entry);
  return reached;
}
