import { crc32 } from 'node:zlib';
import type { Entry, FileEntry } from './entry.ts';
import { endOfArchive, paddingBytes, tarHeader } from './tar.ts';

/** Headers, padding and small files, whole. Plain data: it can be sent to another thread. */
export interface Batch {
  readonly kind: 'batch';
  /** What is known of the bytes, one after the other. */
  readonly literals: Uint8Array;
  readonly segments: readonly Segment[];
  readonly sizeBytes: number;
}

/** So many of the batch's literal bytes, and behind them a file's content. */
export interface Segment {
  readonly literalBytes: number;
  readonly file?: FileEntry;
}

/** A stretch of the tar that is encoded alone. */
export type Piece =
  | Batch
  /** The content of one file that is large enough to stand alone. */
  | { readonly kind: 'file'; readonly entry: FileEntry };

/** Files from this size on stand alone. */
const largeFileBytes = 64 << 10;
const smallestBatchBytes = 128 << 10;
const largestBatchBytes = 256 << 10;

/**
 * Cuts the tar of `entries`, which are in order, into pieces. A cut depends on nothing but the entries around it: it
 * falls before one path in sixteen, chosen by a hash of the path, once a batch is large enough. So adding, removing or
 * changing a file moves only the cuts up to the next such path.
 */
export function cutPieces(
  entries: readonly Entry[],
  mtimeSeconds: number,
  standsAlone: (entry: FileEntry) => boolean,
): Piece[] {
  const pieces: Piece[] = [];
  let batch = new BatchBuilder();
  const cut = (): void => {
    if (batch.sizeBytes > 0) pieces.push(batch.finish());
    batch = new BatchBuilder();
  };
  for (const entry of entries) {
    const header = headerOf(entry, entry.mtimeSeconds ?? mtimeSeconds);
    const contentBytes = entry.type === 'file' ? entry.sizeBytes : 0;
    const isAlone = entry.type === 'file' && (contentBytes >= largeFileBytes || standsAlone(entry));
    if (batch.mustEnd(entry.path, header.length + (isAlone ? 0 : contentBytes))) cut();
    batch.addBytes(header);
    if (entry.type !== 'file') continue;
    if (isAlone) {
      cut();
      pieces.push({ kind: 'file', entry });
    } else {
      batch.addContent(entry);
    }
    batch.addBytes(zeros.subarray(0, paddingBytes(contentBytes)));
  }
  batch.addBytes(endOfArchive);
  cut();
  return pieces;
}

/** Bytes of the tar that a piece holds. */
export function pieceBytes(piece: Piece): number {
  return piece.kind === 'batch' ? piece.sizeBytes : piece.entry.sizeBytes;
}

const zeros = Buffer.alloc(512);

interface MadeHeader {
  readonly mtimeSeconds: number;
  readonly bytes: Buffer;
}

const headers = new WeakMap<Entry, MadeHeader>();

/** An entry that comes again has its header already. */
function headerOf(entry: Entry, mtimeSeconds: number): Buffer {
  const known = headers.get(entry);
  if (known?.mtimeSeconds === mtimeSeconds) return known.bytes;
  const bytes = tarHeader(entry, mtimeSeconds);
  headers.set(entry, { mtimeSeconds, bytes });
  return bytes;
}

class BatchBuilder {
  sizeBytes = 0;
  readonly #literals: Buffer[] = [];
  readonly #segments: Segment[] = [];
  #literalBytes = 0;
  #pendingBytes = 0;

  mustEnd(nextPath: string, nextBytes: number): boolean {
    if (this.sizeBytes < smallestBatchBytes) return false;
    return this.sizeBytes + nextBytes > largestBatchBytes || crc32(nextPath) % 16 === 0;
  }

  addBytes(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#literals.push(bytes);
    this.#literalBytes += bytes.length;
    this.#pendingBytes += bytes.length;
    this.sizeBytes += bytes.length;
  }

  addContent(file: FileEntry): void {
    this.#segments.push({ literalBytes: this.#pendingBytes, file });
    this.#pendingBytes = 0;
    this.sizeBytes += file.sizeBytes;
  }

  finish(): Batch {
    // Memory of their own, since what is sent to another thread takes all that it shares memory with along.
    const literals = new Uint8Array(this.#literalBytes);
    let at = 0;
    for (const bytes of this.#literals) {
      literals.set(bytes, at);
      at += bytes.length;
    }
    if (this.#pendingBytes > 0) this.#segments.push({ literalBytes: this.#pendingBytes });
    return { kind: 'batch', literals, segments: this.#segments, sizeBytes: this.sizeBytes };
  }
}
