import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack } from 'tar-stream';
import { PycontainerError } from '../errors.ts';
import { type Digest, hexOf } from '../oci/digest.ts';
import { mediaTypes, refNameAnnotation } from '../oci/manifest.ts';
import { formatReference, type Reference } from '../oci/reference.ts';
import { decompressed } from '../layer/read.ts';
import type { Image, ImageLayer } from '../image/image.ts';
import { addMembers, bytesMember, type Member } from './archive.ts';
import type { Blob } from './contents.ts';
import type { DeliverOptions } from './output.ts';

/** What is put into an archive for an engine. */
export interface EngineParts {
  readonly image: Image;
  /** Each with its tag. */
  readonly names: readonly Reference[];
  readonly blobs: ReadonlyMap<Digest, Blob>;
}

/** What an engine may know the image by: its config's digest, or its manifest's where manifests are kept. */
export function idsOf({ config, manifest }: Image): ReadonlySet<string> {
  return new Set([config.descriptor.digest, manifest.descriptor.digest]);
}

/** A tar that an engine reads while it is made. When a blob cannot be read, reading it fails with the same error. */
export function streamMembers(members: readonly Member[], options: DeliverOptions): Readable {
  const archive = pack();
  const tar = new PassThrough({ highWaterMark: 1 << 18 });
  pipeline(archive, tar).catch(() => undefined);
  addMembers(archive, members, options).catch((error: unknown) => {
    tar.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  return tar;
}

/** A docker-archive without the files of the lowest `known` layers. It lists them all the same. */
export async function dockerMembers({ image, names, blobs }: EngineParts, known: number): Promise<readonly Member[]> {
  const layers = new Map(image.layers.slice(known).map((layer) => [layer.descriptor.digest, layer]));
  const config = `${hexOf(image.config.descriptor.digest)}.json`;
  const manifest = [
    {
      Config: config,
      RepoTags: names.map(formatReference),
      Layers: image.layers.map(({ descriptor }) => layerName(descriptor.digest)),
    },
  ];
  return [
    ...(await Promise.all([...layers.values()].map((layer) => layerMember(layer, blobs)))),
    bytesMember(config, image.config.bytes),
    bytesMember('manifest.json', Buffer.from(JSON.stringify(manifest))),
  ];
}

/** An OCI layout in which containerd finds every name whole. */
export function ociMembers({ image, names, blobs }: EngineParts): readonly Member[] {
  const manifests = names.map((name) => ({
    ...image.manifest.descriptor,
    platform: image.platform,
    annotations: { 'io.containerd.image.name': formatReference(name), [refNameAnnotation]: name.tag ?? 'latest' },
  }));
  const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests };
  return [
    bytesMember('oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}')),
    bytesMember('index.json', Buffer.from(JSON.stringify(index))),
    ...[...blobs.values()].map(({ descriptor, open }) => ({
      name: `blobs/sha256/${hexOf(descriptor.digest)}`,
      sizeBytes: descriptor.size,
      open,
    })),
  ];
}

/** What `docker load` cannot decompress stands there uncompressed, so it is read once more to learn its size. */
async function layerMember({ descriptor }: ImageLayer, blobs: EngineParts['blobs']): Promise<Member> {
  const { digest, mediaType, size } = descriptor;
  const blob = blobs.get(digest);
  if (blob === undefined) throw new PycontainerError('internal', `The image has no blob ${digest}`);
  const name = layerName(digest);
  if (mediaType !== mediaTypes.layerZstd) return { name, sizeBytes: size, open: blob.open };
  const open = async (): Promise<Readable> => decompressed(await blob.open(), 'zstd');
  let sizeBytes = 0;
  for await (const chunk of (await open()) as AsyncIterable<Buffer>) sizeBytes += chunk.length;
  return { name, sizeBytes, open };
}

function layerName(digest: Digest): string {
  return `${hexOf(digest)}.tar`;
}
