import { createWriteStream, statSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Pack, pack } from 'tar-stream';
import { PycontainerError } from '../errors.ts';
import { digestOf, hexOf } from '../oci/digest.ts';
import { mediaTypes } from '../oci/manifest.ts';
import { formatPlatform } from '../oci/platform.ts';
import { familiarReference, type Reference } from '../oci/reference.ts';
import type { BaseSources } from '../base/sources.ts';
import type { Image, TargetImage } from '../image/image.ts';
import type { Store } from '../store/store.ts';
import { type Blob, blobsOf } from './contents.ts';
import { asOutputError } from './failure.ts';
import { emptyIndex, entriesOf, withEntries } from './layout-index.ts';
import type { DeliverOptions, Output } from './output.ts';
import { removeAbandoned, temporaryName } from './temporary.ts';

export type ArchiveKind = 'oci-archive' | 'docker-archive';

/** A file of a tar. */
export interface Member {
  readonly name: string;
  readonly sizeBytes: number;
  readonly open: () => Promise<Readable>;
}

/** A tar file that holds the image alone: an OCI layout, or what `docker load` reads. Written whole, then renamed. */
export function archiveOutput(
  kind: ArchiveKind,
  file: string,
  names: readonly Reference[],
  sources: BaseSources,
): Output {
  const membersOf = kind === 'oci-archive' ? ociMembers : dockerMembers;
  return {
    name: file,
    isRemote: false,
    lacks: (image) => lacks(file, keyOf(kind, image, names), sources.store),
    deliver: async (image, options = {}) => {
      const blobs = blobsOf(image, sources);
      const key = keyOf(kind, image, names);
      if ((await lacks(file, key, sources.store)) === undefined)
        return { sentBytes: 0, sentBlobs: 0, skippedBlobs: blobs.length };
      const members = membersOf(image, names, blobs);
      const written = await writeArchive(file, members, options);
      await sources.store.putResult('archive', file, { key, ...written });
      return { sentBytes: bytesOf(members), sentBlobs: blobs.length, skippedBlobs: 0 };
    },
  };
}

async function lacks(file: string, key: string, store: Store): Promise<string | undefined> {
  if (statSync(file, { throwIfNoEntry: false }) === undefined) return 'the file';
  const kept = await store.getResult<Record<string, unknown>>('archive', file);
  return JSON.stringify(kept) === JSON.stringify({ key, ...stamp(file) }) ? undefined : 'this image';
}

/** What the file is made from; the image's bytes are in its root's digest. */
function keyOf(kind: ArchiveKind, image: TargetImage, names: readonly Reference[]): string {
  return JSON.stringify([kind, image.root.descriptor.digest, names.map(tagOf)]);
}

interface Stamp {
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly inode: number;
}

/** What tells one writing of the file from another; a new name does not change it. */
function stamp(file: string): Stamp {
  const { size, mtimeMs, ino } = statSync(file);
  return { sizeBytes: size, mtimeMs, inode: ino };
}

function ociMembers(image: TargetImage, names: readonly Reference[], blobs: readonly Blob[]): readonly Member[] {
  const index = withEntries(emptyIndex, entriesOf(image, names));
  return [
    bytesMember('oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}')),
    bytesMember('index.json', Buffer.from(JSON.stringify(index))),
    ...blobs.map(({ descriptor, open }) => ({
      name: `blobs/sha256/${hexOf(descriptor.digest)}`,
      sizeBytes: descriptor.size,
      open,
    })),
  ];
}

/** What `docker load` reads: one platform, layers as they are, gzip included. */
function dockerMembers(target: TargetImage, names: readonly Reference[], blobs: readonly Blob[]): readonly Member[] {
  const image = onlyImage(target);
  const layerName = (digest: string): string => `${digest.slice('sha256:'.length)}.tar`;
  const layers = new Set(image.layers.map(({ descriptor }) => descriptor.digest));
  const config = `${hexOf(digestOf(image.config.bytes))}.json`;
  const manifest = [
    {
      Config: config,
      RepoTags: names.map(tagOf),
      Layers: image.layers.map(({ descriptor }) => layerName(descriptor.digest)),
    },
  ];
  return [
    ...blobs
      .filter(({ descriptor }) => layers.has(descriptor.digest))
      .map(({ descriptor, open }) => ({ name: layerName(descriptor.digest), sizeBytes: descriptor.size, open })),
    bytesMember(config, image.config.bytes),
    bytesMember('manifest.json', Buffer.from(JSON.stringify(manifest))),
  ];
}

function onlyImage({ target, images }: TargetImage): Image {
  const [image] = images;
  if (image === undefined || images.length > 1) {
    throw new PycontainerError(
      'output-unusable',
      `A docker-archive holds one platform, and ${target} is built for ${images.map(({ platform }) => formatPlatform(platform)).join(', ')}`,
      { hint: 'Choose one with --platform, or use an oci-archive.' },
    );
  }
  if (image.layers.some(({ descriptor }) => descriptor.mediaType === mediaTypes.layerZstd)) {
    throw new PycontainerError('output-unusable', 'A docker-archive cannot hold layers compressed with zstd', {
      hint: 'Use `compression: {type: gzip}`, or another output.',
    });
  }
  return image;
}

async function writeArchive(file: string, members: readonly Member[], options: DeliverOptions): Promise<Stamp> {
  const temporary = temporaryName(file);
  const archive = pack();
  try {
    await mkdir(dirname(file), { recursive: true });
    removeAbandoned(file);
    await Promise.all([
      pipeline(
        archive,
        createWriteStream(temporary),
        ...(options.signal === undefined ? [] : [{ signal: options.signal }]),
      ),
      addMembers(archive, members, options),
    ]);
    const written = stamp(temporary);
    await rename(temporary, file);
    return written;
  } catch (error) {
    archive.destroy();
    await rm(temporary, { force: true }).catch(() => undefined);
    const { signal } = options;
    throw asOutputError(signal?.aborted === true ? signal.reason : error, file);
  }
}

/** Fills the archive and ends it. After a failure the archive is destroyed with it. */
export async function addMembers(
  archive: Pack,
  members: readonly Member[],
  { onProgress, signal }: DeliverOptions,
): Promise<void> {
  const totalBytes = bytesOf(members);
  let doneBytes = 0;
  try {
    for (const { name, sizeBytes, open } of members) {
      signal?.throwIfAborted();
      const entry = archive.entry({ name, size: sizeBytes, mode: 0o644, mtime: new Date(315532800000) });
      await pipeline(await open(), entry);
      doneBytes += sizeBytes;
      onProgress?.(doneBytes, totalBytes);
    }
    archive.finalize();
  } catch (error) {
    archive.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}

export function bytesMember(name: string, bytes: Buffer): Member {
  return { name, sizeBytes: bytes.length, open: async () => Readable.from([bytes], { objectMode: false }) };
}

function tagOf(name: Reference): string {
  return familiarReference({ ...name, tag: name.tag ?? 'latest' });
}

function bytesOf(members: readonly Member[]): number {
  return members.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
