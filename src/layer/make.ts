import { createHash, hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Compression } from '../config/target.ts';
import { PycontainerError } from '../errors.ts';
import { parseDiffId } from '../oci/digest.ts';
import type { Store } from '../store/store.ts';
import { contentSlices, readContentInto } from './content.ts';
import { crc32Combine } from './crc32.ts';
import { encoderDifference, type Encoder, encoderFor } from './encoder.ts';
import type { Entry, FileEntry } from './entry.ts';
import type { Layer } from './layer.ts';
import { Archives } from './member.ts';
import { orderedEntries } from './order.ts';
import { cutPieces, type Piece, pieceBytes, type Segment } from './piece.ts';

/** Changes with everything in this folder that reaches the bytes of a layer; part of every LayerKey. */
export const layerFormat: string = `1${encoderDifference}`;

export interface MakeLayerOptions {
  readonly store: Store;
  readonly compression: Compression;
  /** Seconds since 1970, for entries that have no time of their own. */
  readonly mtimeSeconds: number;
  /** Whether the result is to have `entryHashes`. */
  readonly hashEntries?: boolean;
  /** Whether encoded pieces are kept for layers to come, and taken from layers before. */
  readonly keepPieces?: boolean;
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
  const pieces = cutPieces(ordered, options.mtimeSeconds, () => false);
  const totalBytes = pieces.reduce((sum, piece) => sum + pieceBytes(piece), 0);
  const encoder = encoderFor(options.compression);
  const hashes = options.hashEntries === true ? new Map<string, string>() : undefined;
  const archives = new Archives();
  const writer = await options.store.createBlob();
  try {
    writer.write(encoder.head);
    const diff = createHash('sha256');
    let crc = 0;
    let doneBytes = 0;
    for await (const part of inOrder(encodeParts(pieces, { encoder, archives, hashes }))) {
      if (options.signal?.aborted === true) throw new PycontainerError('interrupted', 'Stopped while making a layer');
      diff.update(part.raw);
      writer.write(part.encoded);
      crc = crc32Combine(crc, part.crc32, part.raw.length);
      doneBytes += part.raw.length;
      options.onProgress?.(doneBytes, totalBytes);
    }
    writer.write(encoder.tail(crc, doneBytes));
    const blob = await writer.commit();
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
  }
}

/** A stretch of the tar beside its encoded form. */
interface Part {
  readonly raw: Uint8Array;
  readonly crc32: number;
  readonly encoded: Uint8Array;
}

/** A part that is being made. */
interface Task {
  readonly sizeBytes: number;
  readonly part: Promise<Part>;
}

interface Making {
  readonly encoder: Encoder;
  readonly archives: Archives;
  readonly hashes: Map<string, string> | undefined;
}

async function* encodeParts(pieces: readonly Piece[], making: Making): AsyncGenerator<Task> {
  for (const piece of pieces) {
    if (piece.kind === 'batch') {
      yield encodeTask(readBatch(piece.segments, piece.sizeBytes, making), making);
    } else {
      const note = making.hashes && ((sha256: string) => making.hashes?.set(piece.entry.path, sha256));
      for await (const slice of contentSlices(piece.entry, making.archives, note)) yield encodeTask(slice, making);
    }
  }
}

function encodeTask(raw: Buffer, { encoder }: Making): Task {
  const part = encoder.encode(raw).then((encoded) => ({ raw, crc32: crc32(raw), encoded }));
  return { sizeBytes: raw.length, part };
}

function readBatch(segments: readonly Segment[], sizeBytes: number, making: Making): Buffer {
  const raw = Buffer.allocUnsafeSlow(sizeBytes);
  let at = 0;
  for (const segment of segments) {
    if (segment.kind === 'literal') {
      raw.set(segment.bytes, at);
      at += segment.bytes.length;
    } else {
      const target = raw.subarray(at, at + segment.entry.sizeBytes);
      readContentInto(segment.entry, making.archives, target);
      making.hashes?.set(segment.entry.path, knownHash(segment.entry) ?? hash('sha256', target));
      at += target.length;
    }
  }
  return raw;
}

function knownHash({ content }: FileEntry): string | undefined {
  return content.kind === 'path' ? content.sha256 : undefined;
}

/** Raw bytes that may be on their way through the thread pool at once. */
const inFlightBytes = 8 << 20;

/** Lets tasks run beside each other, within bounds, and gives their parts in order. */
async function* inOrder(tasks: AsyncIterable<Task>): AsyncGenerator<Part> {
  const running: Task[] = [];
  let runningBytes = 0;
  for await (const task of tasks) {
    task.part.catch(() => {});
    running.push(task);
    runningBytes += task.sizeBytes;
    while (runningBytes > inFlightBytes) {
      const first = running.shift();
      if (first === undefined) break;
      runningBytes -= first.sizeBytes;
      yield await first.part;
    }
  }
  for (const task of running) yield await task.part;
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
