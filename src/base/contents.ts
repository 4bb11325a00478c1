import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { PycontainerError } from '../errors.ts';
import { tarEntries, type TarEntry, type TarHeader } from '../layer/read.ts';
import { type DiffId, parseDiffId } from '../oci/digest.ts';
import type { BaseLayer } from './base.ts';
import { layerTar } from './layer-files.ts';
import type { BaseSources } from './sources.ts';

/** All that a layer's tar says, but for the bytes of its files. */
export interface LayerContents {
  /** Of the tar, in bytes. */
  readonly uncompressedSizeBytes: number;
  /** In the order of the tar. */
  readonly entries: readonly ContentEntry[];
}

export interface ContentEntry {
  /** From the image's root, without a leading slash; whiteouts keep their marker. */
  readonly path: string;
  readonly type: TarHeader['type'];
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeSeconds: number;
  /** Of links, as the tar has it. */
  readonly target?: string;
  /** Of files. */
  readonly sizeBytes?: number;
  /** Of files, in hex. */
  readonly sha256?: string;
  /** Of a package's RECORD, which tells which files are its. */
  readonly text?: string;
}

interface Kept extends LayerContents {
  readonly diffId: DiffId;
}

/** Changes with the shape of what is kept. */
const format = '1';
const recordLimitBytes = 16 * 1024 * 1024;

/**
 * What a layer holds, with a hash of each file. Kept by the layer's digest, so that it is read once; the blob itself goes
 * into the store on the way where the sources say so. Throws 'digest-mismatch' when its tar is not what the config's DiffId
 * says, 'archive-invalid', 'base-invalid'.
 */
export async function layerContents(layer: BaseLayer, sources: BaseSources): Promise<LayerContents> {
  const { digest } = layer.descriptor;
  const key = `${format} ${digest}`;
  const known = await sources.store.getResult<Kept>('layer-contents', key);
  const kept = known ?? (await scan(layer, sources));
  if (known === undefined) await sources.store.putResult('layer-contents', key, kept);
  if (kept.diffId === layer.diffId) return kept;
  throw new PycontainerError(
    'digest-mismatch',
    `Layer ${digest} holds ${kept.diffId}, but its image says ${layer.diffId}`,
    { hint: 'No engine will run this image; push or save it again.' },
  );
}

async function scan(layer: BaseLayer, sources: BaseSources): Promise<Kept> {
  const hash = createHash('sha256');
  let uncompressedSizeBytes = 0;
  async function* seen(): AsyncGenerator<Buffer> {
    for await (const chunk of layerTar(layer, sources) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      uncompressedSizeBytes += chunk.length;
      yield chunk;
    }
  }
  const entries: ContentEntry[] = [];
  for await (const entry of tarEntries(Readable.from(seen(), { objectMode: false })))
    entries.push(await contentOf(entry));
  return { diffId: parseDiffId(`sha256:${hash.digest('hex')}`), uncompressedSizeBytes, entries };
}

async function contentOf({ header, body }: TarEntry): Promise<ContentEntry> {
  const { path, type, mode, uid, gid, mtimeSeconds, target, sizeBytes } = header;
  const common = { path, type, mode: mode & 0o7777, uid, gid, mtimeSeconds };
  if (type !== 'file') return { ...common, ...(target === undefined ? {} : { target }) };
  const isRecord = path.endsWith('.dist-info/RECORD') && sizeBytes <= recordLimitBytes;
  const hash = createHash('sha256');
  const chunks: Buffer[] = [];
  for await (const chunk of body as AsyncIterable<Buffer>) {
    hash.update(chunk);
    if (isRecord) chunks.push(chunk);
  }
  const text = isRecord ? { text: Buffer.concat(chunks).toString('utf8') } : {};
  return { ...common, sizeBytes, sha256: hash.digest('hex'), ...text };
}
