import { createWriteStream, existsSync, linkSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { PycontainerError, systemCode, throwTogether } from '../errors.ts';
import type { Descriptor } from '../oci/manifest.ts';
import type { Reference } from '../oci/reference.ts';
import type { BaseSources } from '../base/sources.ts';
import type { TargetImage } from '../image/image.ts';
import { type Blob, blobsOf } from './contents.ts';
import { asOutputError } from './failure.ts';
import { lockName, withFolderLock } from './folder-lock.ts';
import { blobPath, textOf, writeWhole } from './layout-files.ts';
import {
  emptyIndex,
  entriesOf,
  hasEntries,
  type LayoutEntry,
  type LayoutIndex,
  parseIndex,
  withEntries,
} from './layout-index.ts';
import { hasLeftovers, noteLeftovers, removeLeftovers } from './layout-leftovers.ts';
import type { DeliverOptions, Delivery, Output } from './output.ts';
import { isTemporary, temporaryName } from './temporary.ts';

const marker = '{"imageLayoutVersion":"1.0.0"}';

/**
 * An OCI layout folder. Brought up to date in place: blobs first, then `index.json` in one rename; entries of other
 * names stay, and blobs are removed that only a replaced entry needed, or that a delivery wrote which was broken off.
 * @see https://github.com/opencontainers/image-spec/blob/main/image-layout.md
 */
export function layoutOutput(directory: string, names: readonly Reference[], sources: BaseSources): Output {
  const partsOf = (image: TargetImage): Parts => ({
    blobs: blobsOf(image, sources),
    entries: entriesOf(image, names),
  });
  return {
    name: directory,
    isRemote: false,
    lacks: async (image) => asOurs(directory, async () => lacks(directory, partsOf(image))),
    deliver: async (image, options = {}) => asOurs(directory, () => deliver(directory, partsOf(image), options)),
  };
}

/** What the image consists of there. */
interface Parts {
  readonly blobs: readonly Blob[];
  readonly entries: readonly LayoutEntry[];
}

async function asOurs<T>(directory: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw asOutputError(error, directory);
  }
}

function lacks(directory: string, { blobs, entries }: Parts): string | undefined {
  const missing = blobs.filter(({ descriptor }) => !has(directory, descriptor)).length;
  if (missing > 0) return missing === 1 ? '1 blob' : `${missing} blobs`;
  if (!existsSync(join(directory, 'oci-layout'))) return 'the file oci-layout';
  if (hasLeftovers(directory)) return 'the end of a delivery';
  return hasEntries(readIndex(directory), entries) ? undefined : 'the name';
}

async function deliver(directory: string, parts: Parts, options: DeliverOptions): Promise<Delivery> {
  if (lacks(directory, parts) === undefined) return { sentBytes: 0, sentBlobs: 0, skippedBlobs: parts.blobs.length };
  mkdirSync(join(directory, 'blobs', 'sha256'), { recursive: true });
  return withFolderLock(
    directory,
    async () => {
      removeTemporaries(directory);
      const before = readIndex(directory);
      const after = withEntries(before, parts.entries);
      const missing = parts.blobs.filter(({ descriptor }) => !has(directory, descriptor));
      noteLeftovers(
        directory,
        before.manifests,
        missing.map(({ descriptor }) => descriptor.digest),
      );
      const sent = await writeBlobs(directory, missing, options);
      if (textOf(join(directory, 'oci-layout')) !== marker) writeWhole(join(directory, 'oci-layout'), marker);
      writeWhole(join(directory, 'index.json'), JSON.stringify(after));
      removeLeftovers(directory, after.manifests);
      return { ...sent, skippedBlobs: parts.blobs.length - missing.length };
    },
    options.signal,
  );
}

/** Blobs that prove to be damaged in the store are told together, so that one more build mends them all. */
async function writeBlobs(
  directory: string,
  missing: readonly Blob[],
  options: DeliverOptions,
): Promise<Pick<Delivery, 'sentBytes' | 'sentBlobs'>> {
  const totalBytes = missing.reduce((sum, { descriptor }) => sum + descriptor.size, 0);
  const damages: PycontainerError[] = [];
  let sentBytes = 0;
  for (const blob of missing) {
    options.signal?.throwIfAborted();
    try {
      await writeBlob(blobPath(directory, blob.descriptor.digest), blob, options.signal);
    } catch (error) {
      if (!(error instanceof PycontainerError) || error.code !== 'store-blob-damaged') throw error;
      damages.push(error);
    }
    sentBytes += blob.descriptor.size;
    options.onProgress?.(sentBytes, totalBytes);
  }
  throwTogether(damages);
  return { sentBytes, sentBlobs: missing.length };
}

/** A blob of the store is linked where the file system allows it: no second copy on disk. */
async function writeBlob(path: string, blob: Blob, signal: AbortSignal | undefined): Promise<void> {
  if (blob.bytes !== undefined) return writeWhole(path, blob.bytes, 0o644);
  const temporary = temporaryName(path);
  try {
    if (blob.stored !== undefined && linked(blob.stored.path, temporary)) await blob.stored.verify(signal);
    else await writeStream(temporary, blob, signal);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** False where it cannot be done: other file systems, other users' files, no such file. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (['ENOSPC', 'EDQUOT', 'EROFS'].includes(systemCode(error) ?? '')) throw error;
    return false;
  }
}

async function writeStream(path: string, blob: Blob, signal: AbortSignal | undefined): Promise<void> {
  const bytes = await blob.open();
  await pipeline(
    bytes,
    createWriteStream(path, { flags: 'wx', mode: 0o644 }),
    ...(signal === undefined ? [] : [{ signal }]),
  );
}

function readIndex(directory: string): LayoutIndex {
  const path = join(directory, 'index.json');
  const text = textOf(path);
  if (text === undefined) return emptyIndex;
  const index = parseIndex(text);
  if (index !== undefined) return index;
  throw new PycontainerError('output-unusable', `${path} is not the index of an OCI layout`, {
    hint: 'Name another folder in `outputs`, or remove this file if it may go.',
  });
}

/** Whoever holds the folder's lock knows that nobody else is writing: temporary files are a killed process's. */
function removeTemporaries(directory: string): void {
  for (const folder of [directory, join(directory, 'blobs', 'sha256')]) {
    const names = readdirSync(folder).filter((name) => isTemporary(name) && !name.startsWith(lockName));
    for (const name of names) rmSync(join(folder, name), { force: true });
  }
}

function has(directory: string, { digest, size }: Descriptor): boolean {
  return statSync(blobPath(directory, digest), { throwIfNoEntry: false })?.size === size;
}
