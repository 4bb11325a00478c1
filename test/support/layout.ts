import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { extract, type Header } from 'tar-stream';

export interface LayoutLayer {
  readonly digest: string;
  readonly diffId: string;
  readonly sizeBytes: number;
  /** Uncompressed. */
  readonly tar: Buffer;
}

export interface LayoutImage {
  readonly digest: string;
  readonly manifest: {
    readonly config: DescriptorJson;
    readonly layers: readonly DescriptorJson[];
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly config: {
    readonly config: { readonly Cmd?: readonly string[]; readonly Env?: readonly string[]; readonly User?: string };
    readonly rootfs: { readonly diff_ids: readonly string[] };
    readonly history: readonly { readonly created_by?: string; readonly empty_layer?: boolean }[];
  };
  /** Base layer first. */
  readonly layers: readonly LayoutLayer[];
}

interface DescriptorJson {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Reads the only image of an OCI layout, and asserts all that digests, sizes and diff ids promise. */
export function readLayout(folder: string): LayoutImage {
  assert.deepEqual(JSON.parse(readFileSync(path.join(folder, 'oci-layout'), 'utf8')), { imageLayoutVersion: '1.0.0' });
  const { manifests } = JSON.parse(readFileSync(path.join(folder, 'index.json'), 'utf8')) as {
    manifests: DescriptorJson[];
  };
  assert.equal(new Set(manifests.map(({ digest }) => digest)).size, 1, 'one image, under however many names');
  const [root] = manifests;
  assert(root !== undefined);
  const manifest = JSON.parse(readBlob(folder, root).toString()) as LayoutImage['manifest'];
  const config = JSON.parse(readBlob(folder, manifest.config).toString()) as LayoutImage['config'];
  const layers = manifest.layers.map((descriptor, index): LayoutLayer => {
    const tar = uncompressed(readBlob(folder, descriptor), descriptor.mediaType);
    const diffId = sha256(tar);
    assert.equal(diffId, config.rootfs.diff_ids[index], `diff id of layer ${index}`);
    return { digest: descriptor.digest, diffId, sizeBytes: descriptor.size, tar };
  });
  assert.equal(config.rootfs.diff_ids.length, layers.length);
  assert.equal(config.history.filter((entry) => entry.empty_layer !== true).length, layers.length);
  const needed = [root, manifest.config, ...manifest.layers].map(({ digest }) => digest.replace('sha256:', ''));
  assert.deepEqual(
    readdirSync(path.join(folder, 'blobs/sha256')).sort(),
    [...new Set(needed)].sort(),
    'no other blobs',
  );
  return { digest: root.digest, manifest, config, layers };
}

/** Headers by path, in the layer's order. */
export async function layerHeaders(layer: LayoutLayer): Promise<Map<string, Header>> {
  const headers = new Map<string, Header>();
  const reader = extract();
  reader.end(layer.tar);
  for await (const entry of reader) {
    headers.set(entry.header.name, entry.header);
    entry.resume();
  }
  return headers;
}

function readBlob(folder: string, { digest, size }: DescriptorJson): Buffer {
  const bytes = readFileSync(path.join(folder, 'blobs', digest.replace(':', '/')));
  assert.equal(sha256(bytes), digest);
  assert.equal(bytes.length, size);
  return bytes;
}

function uncompressed(bytes: Buffer, mediaType: string): Buffer {
  if (mediaType.endsWith('+gzip')) return gunzipSync(bytes);
  return mediaType.endsWith('+zstd') ? zstdDecompressSync(bytes) : bytes;
}

function sha256(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
