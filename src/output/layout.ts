import { createWriteStream, existsSync, statSync } from 'node:fs';
import { copyFile, link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { PycontainerError, systemCode } from '../errors.ts';
import { type Digest, hexOf, isDigest, parseDigest } from '../oci/digest.ts';
import { type Descriptor, type ImageIndex, isIndexType, mediaTypes, refNameAnnotation } from '../oci/manifest.ts';
import type { Reference } from '../oci/reference.ts';
import type { BaseSources } from '../base/sources.ts';
import type { TargetImage } from '../image/image.ts';
import { type Blob, blobsOf } from './contents.ts';
import { asOutputError } from './failure.ts';
import { withFolderLock } from './folder-lock.ts';
import type { DeliverOptions, Delivery, Output } from './output.ts';

/** Tools that know containerd's annotation find the whole name beside the tag. */
const fullNameAnnotation = 'io.containerd.image.name';

/**
 * An OCI layout folder. Brought up to date in place: blobs first, then `index.json` in one rename; entries of other
 * names stay, and blobs that only a replaced entry needed are removed.
 * @see https://github.com/opencontainers/image-spec/blob/main/image-layout.md
 */
export function layoutOutput(directory: string, names: readonly Reference[], sources: BaseSources): Output {
  return {
    name: directory,
    isRemote: false,
    lacks: async (image) => lacks(directory, names, image, blobsOf(image, sources)),
    deliver: (image, options) => deliver(directory, names, image, blobsOf(image, sources), options ?? {}),
  };
}

async function lacks(
  directory: string,
  names: readonly Reference[],
  image: TargetImage,
  blobs: readonly Blob[],
): Promise<string | undefined> {
  const missing = blobs.filter(({ descriptor }) => !has(directory, descriptor)).length;
  if (missing > 0) return missing === 1 ? '1 blob' : `${missing} blobs`;
  const index = await readIndex(directory);
  return JSON.stringify(index) === JSON.stringify(withImage(index, image, names)) ? undefined : 'the name';
}

async function deliver(
  directory: string,
  names: readonly Reference[],
  image: TargetImage,
  blobs: readonly Blob[],
  options: DeliverOptions,
): Promise<Delivery> {
  try {
    if ((await lacks(directory, names, image, blobs)) === undefined)
      return { sentBytes: 0, sentBlobs: 0, skippedBlobs: blobs.length };
    await mkdir(join(directory, 'blobs', 'sha256'), { recursive: true });
    return await withFolderLock(directory, async () => {
      await removeTemporaries(directory);
      const sent = await writeBlobs(directory, blobs, options);
      const before = await readIndex(directory);
      const after = withImage(before, image, names);
      await writeWhole(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
      await writeWhole(join(directory, 'index.json'), JSON.stringify(after));
      await removeUnreferenced(directory, before, after);
      return sent;
    });
  } catch (error) {
    throw asOutputError(error, directory);
  }
}

async function writeBlobs(directory: string, blobs: readonly Blob[], options: DeliverOptions): Promise<Delivery> {
  const missing = blobs.filter(({ descriptor }) => !has(directory, descriptor));
  const totalBytes = missing.reduce((sum, { descriptor }) => sum + descriptor.size, 0);
  let sentBytes = 0;
  for (const blob of missing) {
    options.signal?.throwIfAborted();
    await writeBlob(blobPath(directory, blob.descriptor.digest), blob, options.signal);
    sentBytes += blob.descriptor.size;
    options.onProgress?.(sentBytes, totalBytes);
  }
  return { sentBytes, sentBlobs: missing.length, skippedBlobs: blobs.length - missing.length };
}

/** A blob of the store is linked where the file system allows it: no second copy on disk. */
async function writeBlob(path: string, blob: Blob, signal: AbortSignal | undefined): Promise<void> {
  const temporary = temporaryName(path);
  try {
    if (blob.path === undefined || !existsSync(blob.path)) await writeStream(temporary, blob, signal);
    else await linkOrCopy(blob.path, temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
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

async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'EACCES'].includes(systemCode(error) ?? '')) throw error;
    await copyFile(from, to);
  }
}

function withImage(index: ImageIndex, image: TargetImage, names: readonly Reference[]): ImageIndex {
  const entries = namedEntries(image, names);
  const replaced = new Set(entries.map(nameOf));
  return {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: [...index.manifests.filter((entry) => !replaced.has(nameOf(entry))), ...entries].toSorted((a, b) =>
      nameOf(a) < nameOf(b) ? -1 : 1,
    ),
  };
}

function namedEntries(image: TargetImage, names: readonly Reference[]): readonly Descriptor[] {
  const { root, images } = image;
  const platform = images.length === 1 && images[0] !== undefined ? { platform: images[0].platform } : {};
  const tags = new Map(
    names.map((name) => [name.tag ?? 'latest', `${name.host}/${name.repository}:${name.tag ?? 'latest'}`]),
  );
  if (tags.size === 0) return [{ ...root.descriptor, annotations: { [refNameAnnotation]: 'latest' }, ...platform }];
  return [...tags].map(([tag, full]) => ({
    ...root.descriptor,
    annotations: { [fullNameAnnotation]: full, [refNameAnnotation]: tag },
    ...platform,
  }));
}

function nameOf(entry: Descriptor): string {
  return entry.annotations?.[refNameAnnotation] ?? '';
}

async function readIndex(directory: string): Promise<ImageIndex> {
  const empty: ImageIndex = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] };
  const path = join(directory, 'index.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return empty;
    throw error;
  }
  return asIndex(text) ?? failIndex(path);
}

function failIndex(path: string): never {
  throw new PycontainerError('output-unusable', `${path} is not the index of an OCI layout`, {
    hint: 'Name another folder in `outputs`, or remove this file if it may go.',
  });
}

function asIndex(text: string): ImageIndex | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null || !('manifests' in parsed) || !Array.isArray(parsed.manifests))
      return undefined;
    return parsed.manifests.every(isDescriptor) ? (parsed as unknown as ImageIndex) : undefined;
  } catch {
    return undefined;
  }
}

function isDescriptor(value: unknown): value is Descriptor {
  return (
    typeof value === 'object' &&
    value !== null &&
    'digest' in value &&
    typeof value.digest === 'string' &&
    isDigest(value.digest)
  );
}

/** Removes what the replaced entries reached and no entry reaches now. Blobs that no entry ever named are left alone. */
async function removeUnreferenced(directory: string, before: ImageIndex, after: ImageIndex): Promise<void> {
  const keep = await reach(directory, after.manifests);
  const gone = (await reach(directory, before.manifests)).difference(keep);
  await Promise.all([...gone].map((digest) => rm(blobPath(directory, digest), { force: true })));
}

async function reach(directory: string, descriptors: readonly Descriptor[]): Promise<ReadonlySet<Digest>> {
  const reached = new Set<Digest>();
  const visit = async ({ digest, mediaType }: Descriptor): Promise<void> => {
    if (reached.has(digest)) return;
    reached.add(digest);
    const document = await readDocument(blobPath(directory, digest));
    if (isIndexType(mediaType)) await Promise.all((document.manifests ?? []).map(visit));
    else
      for (const part of [document.config, ...(document.layers ?? [])])
        if (part !== undefined) reached.add(parseDigest(part.digest));
  };
  await Promise.all(descriptors.map(visit));
  return reached;
}

interface AnyDocument {
  readonly manifests?: readonly Descriptor[];
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
}

async function readDocument(path: string): Promise<AnyDocument> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as AnyDocument;
  } catch (error) {
    if (error instanceof SyntaxError || systemCode(error) === 'ENOENT') return {};
    throw error;
  }
}

/** Whoever holds the folder's lock knows that nobody else is writing: temporary files are a killed process's. */
async function removeTemporaries(directory: string): Promise<void> {
  for (const folder of [directory, join(directory, 'blobs', 'sha256')]) {
    const names = (await readdir(folder)).filter((name) => temporaryPattern.test(name));
    await Promise.all(names.map((name) => rm(join(folder, name), { force: true })));
  }
}

function has(directory: string, { digest, size }: Descriptor): boolean {
  return statSync(blobPath(directory, digest), { throwIfNoEntry: false })?.size === size;
}

function blobPath(directory: string, digest: Digest): string {
  return join(directory, 'blobs', 'sha256', hexOf(digest));
}

async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = temporaryName(path);
  await writeFile(temporary, text, { flag: 'wx' });
  await rename(temporary, path);
}

const temporaryPattern = /\.[0-9]+\.[0-9]+\.tmp$/;
let counter = 0;
function temporaryName(path: string): string {
  counter += 1;
  return `${path}.${process.pid}.${counter}.tmp`;
}
