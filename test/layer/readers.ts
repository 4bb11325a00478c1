import { spawnSync } from 'node:child_process';
import type { Entry, FileEntry } from '../../src/layer/entry.ts';
import type { Layer } from '../../src/layer/layer.ts';
import type { MadeLayer } from '../../src/layer/make.ts';
import { decompressed, tarEntries } from '../../src/layer/read.ts';
import { layerCompression } from '../../src/oci/manifest.ts';
import type { Store } from '../../src/store/store.ts';

/** A line for each entry, the same for an entry that goes into a layer and for what comes out of it. */
export function describe(entry: Entry, mtimeSeconds: number): string {
  const { type, path, mode, uid, gid } = entry;
  const rest = entry.type === 'file' ? bytesOf(entry).toString('hex') : 'target' in entry ? entry.target : '';
  return [type, path, mode, uid, gid, entry.mtimeSeconds ?? mtimeSeconds, rest].join(' ');
}

/** The layer's entries in order, as {@link describe} has them. */
export async function readLayer(store: Store, layer: Layer): Promise<string[]> {
  const tar = decompressed(store.streamBlob(layer.digest), layerCompression(layer.mediaType) ?? 'none');
  const lines: string[] = [];
  for await (const { header, body } of tarEntries(tar)) {
    const { type, path, mode, uid, gid, mtimeSeconds, target } = header;
    const bytes = Buffer.concat(await body.toArray());
    lines.push([type, path, mode, uid, gid, mtimeSeconds, target ?? bytes.toString('hex')].join(' '));
  }
  return lines;
}

/** The sha256 of each file as making the layer has found it, by path. */
export function hashesOf({ files }: MadeLayer): Record<string, string> {
  return Object.fromEntries([...(files ?? [])].map(([path, { sha256 }]) => [path, sha256]));
}

export function bytesOf(entry: FileEntry): Buffer {
  if (entry.content.kind !== 'bytes') throw new Error('only files in memory');
  return Buffer.from(entry.content.bytes);
}

export function hasProgram(name: string): boolean {
  return spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0;
}
