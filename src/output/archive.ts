import { createWriteStream, statSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Pack, pack } from 'tar-stream';
import { PycontainerError } from '../errors.ts';
import { digestOf, hexOf } from '../oci/digest.ts';
import { mediaTypes, refNameAnnotation } from '../oci/manifest.ts';
import { formatPlatform } from '../oci/platform.ts';
import type { Reference } from '../oci/reference.ts';
import type { BaseSources } from '../base/sources.ts';
import type { Image, TargetImage } from '../image/image.ts';
import type { Store } from '../store/store.ts';
import { type Blob, blobsOf } from './contents.ts';
import { asOutputError } from './failure.ts';
import type { DeliverOptions, Delivery, Output } from './output.ts';

export type ArchiveKind = 'oci-archive' | 'docker-archive';

interface Member {
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
      await writeArchive(file, membersOf(image, names, blobs), options);
      await sources.store.putResult('archive', file, { key, ...stamp(file) });
      return deliveryOf(blobs);
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

function stamp(file: string): { sizeBytes: number; mtimeMs: number } {
  const { size, mtimeMs } = statSync(file);
  return { sizeBytes: size, mtimeMs };
}

function ociMembers(image: TargetImage, names: readonly Reference[], blobs: readonly Blob[]): readonly Member[] {
  const entry = (tag: string): object => ({ ...image.root.descriptor, annotations: { [refNameAnnotation]: tag } });
  const tags = [...new Set(names.map(({ tag }) => tag ?? 'latest'))];
  const index = {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: (tags.length === 0 ? ['latest'] : tags).map(entry),
  };
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

async function writeArchive(file: string, members: readonly Member[], options: DeliverOptions): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  const archive = pack();
  try {
    await mkdir(dirname(file), { recursive: true });
    await Promise.all([
      pipeline(
        archive,
        createWriteStream(temporary),
        ...(options.signal === undefined ? [] : [{ signal: options.signal }]),
      ),
      addMembers(archive, members, options),
    ]);
    await rename(temporary, file);
  } catch (error) {
    archive.destroy();
    await rm(temporary, { force: true });
    throw asOutputError(error, file);
  }
}

async function addMembers(archive: Pack, members: readonly Member[], { onProgress }: DeliverOptions): Promise<void> {
  const totalBytes = members.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let doneBytes = 0;
  try {
    for (const { name, sizeBytes, open } of members) {
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

function bytesMember(name: string, bytes: Buffer): Member {
  return { name, sizeBytes: bytes.length, open: async () => Readable.from([bytes], { objectMode: false }) };
}

function tagOf({ host, repository, tag }: Reference): string {
  return `${host === 'docker.io' ? repository.replace(/^library\//, '') : `${host}/${repository}`}:${tag ?? 'latest'}`;
}

function deliveryOf(blobs: readonly Blob[]): Delivery {
  const sentBytes = blobs.reduce((sum, { descriptor }) => sum + descriptor.size, 0);
  return { sentBytes, sentBlobs: blobs.length, skippedBlobs: 0 };
}
