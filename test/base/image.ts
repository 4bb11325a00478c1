import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import { type DiffId, type Digest, digestOf, hexOf, parseDiffId } from '../../src/oci/digest.ts';
import { type ContainerConfig, type Descriptor, mediaTypes, refNameAnnotation } from '../../src/oci/manifest.ts';
import type { Platform } from '../../src/oci/platform.ts';

/** A file of a layer: its text or bytes (mode 0644), or what its tar header says. */
export type TestFile = string | Buffer | (Partial<Header> & { readonly body?: string | Buffer });
export type TestFiles = Readonly<Record<string, TestFile>>;

export const symlink = (target: string): TestFile => ({ type: 'symlink', linkname: target });
export const hardlink = (target: string): TestFile => ({ type: 'link', linkname: target });
export const folder = (mode = 0o755, uid = 0, gid = 0): TestFile => ({ type: 'directory', mode, uid, gid });
export const program = (body: string | Buffer): TestFile => ({ mode: 0o755, body });

export interface TestImage {
  /** Base layer first, files in the order of the tar. */
  readonly layers: readonly TestFiles[];
  readonly config?: ContainerConfig;
  readonly platform?: Platform;
  readonly compression?: 'gzip' | 'zstd' | 'none';
  /** Changes a document before it is written, to make it wrong. */
  readonly change?: (document: Record<string, unknown>, what: 'manifest' | 'config') => void;
}

export interface Blobs {
  readonly bytes: Map<Digest, Buffer>;
}

export function emptyBlobs(): Blobs {
  return { bytes: new Map() };
}

export async function tarOf(files: TestFiles): Promise<Buffer> {
  const tar = pack();
  for (const [name, file] of Object.entries(files)) {
    const isPlain = typeof file === 'string' || Buffer.isBuffer(file);
    const { body, ...header } = isPlain ? { body: file } : file;
    tar.entry({ name, mode: 0o644, mtime: new Date(0), ...header }, body ?? '');
  }
  tar.finalize();
  return Buffer.concat(await Array.fromAsync(tar as AsyncIterable<Buffer>));
}

export function addBlob({ bytes }: Blobs, mediaType: string, blob: Buffer): Descriptor {
  const digest = digestOf(blob);
  bytes.set(digest, blob);
  return { mediaType, digest, size: blob.length };
}

/** Adds an image's blobs and gives the descriptor of its manifest, without a platform. */
export async function addImage(blobs: Blobs, image: TestImage): Promise<Descriptor> {
  const { platform = { os: 'linux', architecture: 'amd64' }, change = () => {} } = image;
  const layers = await Promise.all(image.layers.map((files) => layerBlob(files, image.compression ?? 'gzip')));
  const config: Record<string, unknown> = {
    ...platform,
    config: image.config ?? {},
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
  };
  change(config, 'config');
  const manifest: Record<string, unknown> = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: addBlob(blobs, mediaTypes.config, json(config)),
    layers: layers.map(({ blob, mediaType }) => addBlob(blobs, mediaType, blob)),
  };
  change(manifest, 'manifest');
  return addBlob(blobs, mediaTypes.manifest, json(manifest));
}

export function addIndex(blobs: Blobs, manifests: readonly Descriptor[]): Descriptor {
  return addBlob(blobs, mediaTypes.index, json({ schemaVersion: 2, mediaType: mediaTypes.index, manifests }));
}

export function tagged(descriptor: Descriptor, tag: string): Descriptor {
  return { ...descriptor, annotations: { [refNameAnnotation]: tag } };
}

/** Writes an OCI layout folder. */
export function writeLayout(directory: string, blobs: Blobs, manifests: readonly Descriptor[]): string {
  fs.mkdirSync(path.join(directory, 'blobs/sha256'), { recursive: true });
  fs.writeFileSync(path.join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  fs.writeFileSync(path.join(directory, 'index.json'), json({ schemaVersion: 2, manifests }));
  for (const [digest, bytes] of blobs.bytes)
    fs.writeFileSync(path.join(directory, 'blobs/sha256', hexOf(digest)), bytes);
  return directory;
}

/** The files of an OCI layout, for {@link tarOf}. */
export function layoutFiles(blobs: Blobs, manifests: readonly Descriptor[]): TestFiles {
  return {
    'oci-layout': '{"imageLayoutVersion":"1.0.0"}',
    'index.json': json({ schemaVersion: 2, manifests }),
    ...Object.fromEntries([...blobs.bytes].map(([digest, bytes]) => [`blobs/sha256/${hexOf(digest)}`, bytes])),
  };
}

export function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

async function layerBlob(
  files: TestFiles,
  compression: 'gzip' | 'zstd' | 'none',
): Promise<{ blob: Buffer; mediaType: string; diffId: DiffId }> {
  const tar = await tarOf(files);
  const diffId = parseDiffId(`sha256:${createHash('sha256').update(tar).digest('hex')}`);
  if (compression === 'gzip') return { blob: gzipSync(tar), mediaType: mediaTypes.layerGzip, diffId };
  if (compression === 'zstd') return { blob: zstdCompressSync(tar), mediaType: mediaTypes.layerZstd, diffId };
  return { blob: tar, mediaType: mediaTypes.layer, diffId };
}
