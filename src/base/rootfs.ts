import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { PycontainerError } from '../errors.ts';
import type { Entry } from '../layer/entry.ts';
import type { Layer } from '../layer/layer.ts';
import { layerFormat, makeLayer } from '../layer/make.ts';
import { decompressed } from '../layer/read.ts';
import { type DiffId, type Digest, digestOf, parseDiffId, parseDigest } from '../oci/digest.ts';
import { type ImageConfig, mediaTypes } from '../oci/manifest.ts';
import { normalizePlatform, type Platform } from '../oci/platform.ts';
import type { Base, BaseLayer } from './base.ts';
import type { ImageRequest } from './image.ts';
import { listRootfs } from './rootfs-listing.ts';
import type { BaseSources } from './sources.ts';
import { compressionOf } from './tar-index.ts';
import { type Region, regionBytes, regionChunks } from './verified.ts';

/** 1980-01-01, the earliest time that Python's zipfile takes. */
const mtimeSeconds = 315_532_800;
/** Some systems watch no more than 8,192 folders for one user. */
const mostFolders = 4096;
const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** An image without layers. */
export function openScratch(request: ImageRequest): Base {
  return assembled(request, [], {});
}

/**
 * A root file system: a folder, made into one layer that is kept until the folder changes, or a tar (also gzip or zstd),
 * which is a layer as it is. It says nothing of its platform, so it is taken for the one asked for.
 */
export async function openRootfs(place: string, request: ImageRequest, sources: BaseSources): Promise<Base> {
  const stats = await fs.stat(place, { bigint: true }).catch((error: unknown) => {
    throw new PycontainerError('base-not-found', `Base ${request.text}: ${place} cannot be read`, {
      hint: 'Check the path under base; it is relative to the manifest.',
      cause: error,
    });
  });
  if (stats.isDirectory()) {
    const { layer, folders } = await folderLayer(place, request, sources);
    return { ...assembled(request, [layer], { Env: [path] }), folders };
  }
  const identity = [place, stats.size, stats.mtimeNs, stats.ctimeNs, stats.ino].join(' ');
  const region = { path: place, offset: 0, sizeBytes: Number(stats.size) };
  return assembled(request, [await tarLayer(region, identity, sources)], { Env: [path] });
}

interface FolderLayer {
  readonly layer: BaseLayer;
  readonly folders: readonly string[];
}

async function folderLayer(folder: string, { text }: ImageRequest, { store, emit }: BaseSources): Promise<FolderLayer> {
  const { entries, identity, leftOut } = listRootfs(folder, text);
  if (leftOut.length > 0) {
    emit({
      type: 'warning',
      code: 'files-left-out',
      message: `Base ${text}: ${leftOut.length} devices, pipes or sockets are left out, such as ${leftOut[0]}`,
    });
  }
  const folders = [folder, ...foldersAmong(entries).map((below) => join(folder, below))];
  const key = `${layerFormat} ${identity}`;
  const kept = await store.getResult<Layer>('base-rootfs', key);
  if (kept !== undefined) return { layer: storedLayer(kept), folders };
  const { digest, diffId, sizeBytes, uncompressedSizeBytes, mediaType } = await makeLayer(entries, {
    store,
    compression: { type: 'gzip' },
    mtimeSeconds,
  });
  const layer: Layer = { digest, diffId, sizeBytes, uncompressedSizeBytes, mediaType };
  await store.putResult('base-rootfs', key, layer, [digest]);
  return { layer: storedLayer(layer), folders };
}

/** The upper ones, where there are more than may be watched. */
function foldersAmong(entries: readonly Entry[]): readonly string[] {
  const all = entries.flatMap((entry) => (entry.type === 'directory' ? [entry.path] : []));
  const depth = (place: string): number => place.split('/').length;
  return all.length <= mostFolders ? all : all.toSorted((a, b) => depth(a) - depth(b)).slice(0, mostFolders);
}

function storedLayer({ digest, diffId, sizeBytes, mediaType }: Layer): BaseLayer {
  return { descriptor: { mediaType, digest, size: sizeBytes }, diffId, origin: { kind: 'store' } };
}

async function tarLayer(region: Region, identity: string, { store }: BaseSources): Promise<BaseLayer> {
  const kept = await store.getResult<BaseLayer>('base-tar', identity);
  if (kept !== undefined) return kept;
  const start = await regionBytes({ ...region, sizeBytes: Math.min(region.sizeBytes, 8) });
  const compression = compressionOf(start);
  const { digest, diffId } = await hashesOf(region, compression);
  const mediaType = { gzip: mediaTypes.layerGzip, zstd: mediaTypes.layerZstd, none: mediaTypes.layer }[compression];
  const descriptor = { mediaType, digest, size: region.sizeBytes };
  const layer: BaseLayer = { descriptor, diffId, origin: { kind: 'file', path: region.path } };
  await store.putResult('base-tar', identity, layer);
  return layer;
}

async function hashesOf(
  region: Region,
  compression: 'gzip' | 'zstd' | 'none',
): Promise<{ digest: Digest; diffId: DiffId }> {
  const outer = createHash('sha256');
  const inner = createHash('sha256');
  async function* hashed(): AsyncGenerator<Buffer> {
    for await (const chunk of regionChunks(region)) {
      outer.update(chunk);
      yield chunk;
    }
  }
  for await (const chunk of decompressed(Readable.from(hashed(), { objectMode: false }), compression)) {
    inner.update(chunk as Buffer);
  }
  return {
    digest: parseDigest(`sha256:${outer.digest('hex')}`),
    diffId: parseDiffId(`sha256:${inner.digest('hex')}`),
  };
}

/** A base that has no manifest: its config, which names its layers, stands for all of it. */
function assembled(
  request: ImageRequest,
  layers: readonly BaseLayer[],
  container: NonNullable<ImageConfig['config']>,
): Base {
  const platform: Platform = normalizePlatform(request.platform);
  const config: ImageConfig = {
    ...platform,
    config: container,
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map(() => ({ created_by: 'root file system' })),
  };
  return { text: request.text, platform, digest: digestOf(JSON.stringify(config)), config, layers };
}
