import { createHash } from 'node:crypto';
import type { Compression } from '../config/target.ts';
import { PycontainerError } from '../errors.ts';
import { parseDiffId } from '../oci/digest.ts';
import type { Store } from '../store/store.ts';
import { crc32Combine } from './crc32.ts';
import { encodePieces, type Encoding, isCarried } from './encode.ts';
import { encoderDifference, type Encoder, encoderFor } from './encoder.ts';
import type { Entry } from './entry.ts';
import { KeptPieces } from './kept.ts';
import type { Layer } from './layer.ts';
import { Archives } from './member.ts';
import { orderedEntries } from './order.ts';
import type { LiveLayer } from './live.ts';
import { inOrder, type Part } from './part.ts';
import { cutPieces, type Piece, pieceBytes } from './piece.ts';

/** Changes with everything in this folder that reaches the bytes of a layer; part of every LayerKey. */
export const layerFormat: string = `1${encoderDifference}`;

export interface MakeLayerOptions {
  readonly store: Store;
  readonly compression: Compression;
  /** Seconds since 1970, for entries that have no time of their own. */
  readonly mtimeSeconds: number;
  /** Whether the result is to have `entryHashes`. */
  readonly hashEntries?: boolean;
  /**
   * Takes encoded pieces from the layer that was made last under this name, and leaves its own for the next one. The
   * name should be the same from build to build and differ between layers of different files; `true` is a name too.
   * Never changes the bytes. Files whose sha256 is given are not read when their piece is kept.
   */
  readonly keepPieces?: boolean | string;
  /** Holds pieces in memory for the next layer that is made with it; not with `hashEntries`. Never changes the bytes. */
  readonly live?: LiveLayer | undefined;
  readonly signal?: AbortSignal;
  /** Bytes of the uncompressed tar. */
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
}

export interface MadeLayer extends Layer {
  /** sha256 in hex of each file's content (of hard links too), by path. */
  readonly entryHashes?: ReadonlyMap<string, string>;
}

/**
 * Makes a layer of the entries, in any order, and leaves its blob in the store. The bytes depend on nothing but the
 * entries, `mtimeSeconds`, `compression` and {@link layerFormat}. Memory is bounded whatever the files' sizes.
 *
 * Throws 'layer-entry-duplicate', 'layer-entry-invalid', 'file-unreadable', 'file-changed-while-read', 'wheel-invalid'
 * (for members of zip archives), 'interrupted', and the store's errors. Nothing is left behind then.
 */
export async function makeLayer(entries: readonly Entry[], options: MakeLayerOptions): Promise<MadeLayer> {
  const ordered = orderedEntries(entries);
  const encoder = encoderFor(options.compression);
  const pieces = cutPieces(ordered, options.mtimeSeconds, (entry) => isCarried(entry, encoder));
  const totalBytes = pieces.reduce((sum, piece) => sum + pieceBytes(piece), 0);
  const hashes = options.hashEntries === true ? new Map<string, string>() : undefined;
  const onHash = hashes && ((path: string, sha256: string) => void hashes.set(path, sha256));
  const archives = new Archives();
  const kept = await openKept(options, encoder);
  const isLive =
    hashes === undefined && !pieces.some((piece) => piece.kind === 'file' && isCarried(piece.entry, encoder));
  const live = isLive ? options.live?.begin(`${options.mtimeSeconds} ${encoder.name}`, pieces) : undefined;
  const writer = await options.store.createBlob();
  try {
    const diff = live?.diff ?? createHash('sha256');
    let crc = 0;
    let doneBytes = 0;
    let offset = encoder.head.length;
    writer.write(encoder.head);
    for await (const part of partsOf(pieces, { encoder, archives, kept, onHash }, live && options.live)) {
      if (options.signal?.aborted === true) throw new PycontainerError('interrupted', 'Stopped while making a layer');
      if (live === undefined) diff.update(part.raw);
      else live.add(part);
      crc = crc32Combine(crc, part.crc32, part.raw.length);
      doneBytes += part.raw.length;
      for (const bytes of part.encoded) {
        if (part.key !== undefined) kept?.note(part.key, offset, bytes);
        writer.write(bytes);
        offset += bytes.length;
      }
      options.onProgress?.(doneBytes, totalBytes);
    }
    writer.write(encoder.tail(crc, doneBytes));
    const blob = await writer.commit();
    await kept?.save(blob.digest);
    live?.finish();
    return {
      ...blob,
      diffId: parseDiffId(`sha256:${diff.digest('hex')}`),
      uncompressedSizeBytes: doneBytes,
      mediaType: encoder.mediaType,
      ...(hashes === undefined ? {} : { entryHashes: withLinks(hashes, ordered) }),
    };
  } catch (error) {
    await writer.abort();
    throw error;
  } finally {
    archives.close();
    kept?.close();
  }
}

/** Parts of all pieces in order; those that are held are not made again. */
async function* partsOf(
  pieces: readonly Piece[],
  encoding: Encoding,
  live: LiveLayer | undefined,
): AsyncGenerator<Part> {
  let missing: Piece[] = [];
  for (const piece of live === undefined ? [] : pieces) {
    const parts = live?.find(piece);
    if (parts === undefined) {
      missing.push(piece);
      continue;
    }
    yield* inOrder(encodePieces(missing, encoding));
    missing = [];
    yield* parts;
  }
  yield* inOrder(encodePieces(live === undefined ? pieces : missing, encoding));
}

async function openKept({ keepPieces, store }: MakeLayerOptions, encoder: Encoder): Promise<KeptPieces | undefined> {
  if (keepPieces === undefined || keepPieces === false) return undefined;
  return KeptPieces.open(store, `${layerFormat} ${encoder.name} ${keepPieces}`);
}

/** Links have their file's content. */
function withLinks(hashes: ReadonlyMap<string, string>, ordered: readonly Entry[]): ReadonlyMap<string, string> {
  const all = new Map(hashes);
  for (const entry of ordered) {
    const linked = entry.type === 'hardlink' ? hashes.get(entry.target) : undefined;
    if (linked !== undefined) all.set(entry.path, linked);
  }
  return all;
}
