import { crc32 } from 'node:zlib';
import type { Entry, FileEntry } from './entry.ts';
import { endOfArchive, paddingBytes, tarHeader } from './tar.ts';

/** A part of the tar: bytes that are known, or the content of a file. */
export type Segment =
  | { readonly kind: 'literal'; readonly bytes: Buffer }
  | { readonly kind: 'content'; readonly entry: FileEntry };

/** Headers, padding and small files, whole. */
export interface Batch {
  readonly kind: 'batch';
  readonly segments: readonly Segment[];
  readonly sizeBytes: number;
}

/** A stretch of the tar that is encoded alone. */
export type Piece =
  | Batch
  /** The content of one file that is large enough to stand alone. */
  | { readonly kind: 'file'; readonly entry: FileEntry };

/** Files from this size on stand alone. */
const largeFileBytes = 64 << 10;
const smallestBatchBytes = 64 << 10;
const largestBatchBytes = 256 << 10;

/**
 * Cuts the tar of `entries`, which are in order, into pieces. A cut depends on nothing but the entries around it: it
 * falls before one path in eight, chosen by a hash of the path, once a batch is large enough. So adding, removing or
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
    if (batch.sizeBytes > 0) pieces.push({ kind: 'batch', segments: batch.segments, sizeBytes: batch.sizeBytes });
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
    batch.addBytes(paddings[paddingBytes(contentBytes)] ?? zeros);
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
const paddings = Array.from(zeros, (_, length) => zeros.subarray(0, length));

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
  readonly segments: Segment[] = [];
  sizeBytes = 0;

  mustEnd(nextPath: string, nextBytes: number): boolean {
    if (this.sizeBytes < smallestBatchBytes) return false;
    return this.sizeBytes + nextBytes > largestBatchBytes || crc32(nextPath) % 8 === 0;
  }

  addBytes(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.segments.push({ kind: 'literal', bytes });
    this.sizeBytes += bytes.length;
  }

  addContent(entry: FileEntry): void {
    this.segments.push({ kind: 'content', entry });
    this.sizeBytes += entry.sizeBytes;
  }
}
