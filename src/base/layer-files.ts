import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { PycontainerError } from '../errors.ts';
import { chunkPassed } from '../store/garbage.ts';
import { decompressed, tarEntries, type TarEntry } from '../layer/read.ts';
import { type DiffId, parseDiffId } from '../oci/digest.ts';
import { layerCompression } from '../oci/manifest.ts';
import type { Store } from '../store/store.ts';
import type { BaseLayer } from './base.ts';
import { type Binary, readBinary } from './binary.ts';
import { openBaseLayer } from './blob.ts';
import { reported } from './download.ts';
import { interestIn } from './interest.ts';
import type { BaseSources } from './sources.ts';

/** A file as one layer has it: what its header says, and of a few files what facts are read from. */
export interface LayerFile {
  /** From the image's root, without a leading slash; whiteouts keep their marker. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'hardlink' | 'other';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Of links: as stored for symlinks, in the form of `path` for hard links. */
  readonly target?: string;
  /** Of small files that facts are read from. */
  readonly text?: string;
  /** Of interpreters and C libraries. */
  readonly binary?: Binary;
}

interface Kept {
  readonly diffId: DiffId;
  readonly files: readonly LayerFile[];
}

/** Changes with the shape of LayerFile and with what is read of which files. */
const format = '2';
const textLimitBytes = 16 * 1024 * 1024;
/** Linux unpacks no longer path. */
const pathLimit = 4096;

const underway = new WeakMap<Store, Map<string, Promise<Kept>>>();

/**
 * What a layer holds, in its own order. A layer is read once, as a stream, however many bases and targets share it:
 * the answer is kept in the store by the layer's digest. Throws 'digest-mismatch' when its tar is not what the config's
 * DiffId says, 'archive-invalid', 'base-invalid'.
 */
export async function layerFiles(layer: BaseLayer, sources: BaseSources): Promise<readonly LayerFile[]> {
  const running = underway.get(sources.store) ?? new Map<string, Promise<Kept>>();
  underway.set(sources.store, running);
  const { digest } = layer.descriptor;
  const promise = running.get(digest) ?? keptFiles(layer, sources).finally(() => running.delete(digest));
  running.set(digest, promise);
  const { diffId, files } = await promise;
  if (diffId === layer.diffId) return files;
  throw new PycontainerError('digest-mismatch', `Layer ${digest} holds ${diffId}, but its image says ${layer.diffId}`, {
    hint: 'No engine will run this image; take another base, or push or save it again.',
  });
}

async function keptFiles(layer: BaseLayer, sources: BaseSources): Promise<Kept> {
  const key = `${format} ${layer.descriptor.digest}`;
  const known = await sources.store.getResult<Kept>('base-layer-files', key);
  if (known !== undefined) return known;
  const scanned = await scan(layer, sources);
  await sources.store.putResult('base-layer-files', key, scanned);
  return scanned;
}

async function scan(layer: BaseLayer, sources: BaseSources): Promise<Kept> {
  const hash = createHash('sha256');
  const tar = Readable.from(hashed(layerTar(layer, sources), hash), { objectMode: false });
  const files: LayerFile[] = [];
  for await (const entry of tarEntries(tar)) files.push(await layerFile(entry));
  return { diffId: parseDiffId(`sha256:${hash.digest('hex')}`), files };
}

/** The layer's uncompressed bytes. Throws 'base-invalid' for a type that is not known; the stream 'archive-invalid'. */
export function layerTar(layer: BaseLayer, sources: BaseSources): Readable {
  const { mediaType } = layer.descriptor;
  const compression = layerCompression(mediaType);
  if (compression === undefined)
    throw new PycontainerError('base-invalid', `A layer of type ${mediaType} is not known`);
  return decompressed(Readable.from(kept(layer, sources), { objectMode: false }), compression);
}

/** The layer's blob, which is put into the store on its way when that is wanted. */
async function* kept(layer: BaseLayer, sources: BaseSources): AsyncGenerator<Uint8Array> {
  const { digest, size } = layer.descriptor;
  const { store, emit, keepLayers = false } = sources;
  const isHere = layer.origin.kind === 'file' || layer.origin.kind === 'store';
  const isThere = isHere || (await store.hasBlob(digest, size));
  const stream = (await openBaseLayer(layer, sources)) as AsyncIterable<Uint8Array>;
  const blob = isThere ? stream : reported(stream, layer, emit);
  if (isThere || !keepLayers) return yield* blob;
  const writer = await store.createBlob();
  let isWhole = false;
  try {
    for await (const chunk of blob) {
      writer.write(chunk);
      yield chunk;
    }
    isWhole = true;
  } finally {
    await (isWhole ? writer.commit({ digest, sizeBytes: size }) : writer.abort());
  }
}

async function* hashed(stream: Readable, hash: ReturnType<typeof createHash>): AsyncGenerator<Buffer> {
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    hash.update(chunk);
    yield chunk;
    chunkPassed(chunk);
  }
}

async function layerFile({ header, body }: TarEntry): Promise<LayerFile> {
  const { path, type, mode, uid, gid, target, sizeBytes } = header;
  if (path.length > pathLimit) {
    throw new PycontainerError('base-invalid', `A layer has a path of ${path.length} characters`, {
      hint: 'No engine can unpack it; take another base.',
    });
  }
  const interest = type === 'file' ? interestIn(path) : undefined;
  const text = interest === 'text' && sizeBytes <= textLimitBytes ? await readText(body) : undefined;
  const binary = interest === 'binary' ? await readBinary(body) : undefined;
  return {
    path,
    type,
    mode: mode & 0o7777,
    uid,
    gid,
    ...(target === undefined ? {} : { target }),
    ...(text === undefined ? {} : { text }),
    ...(binary === undefined ? {} : { binary }),
  };
}

async function readText(body: Readable): Promise<string> {
  return Buffer.concat(await Array.fromAsync(body as AsyncIterable<Buffer>)).toString('utf8');
}
