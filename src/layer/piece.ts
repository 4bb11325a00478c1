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

/** How large batches are. */
export interface Cutting {
  readonly smallestBytes: number;
  readonly largestBytes: number;
  /** A batch that is large enough ends before one path in so many. */
  readonly oneIn: number;
}

export const coarse: Cutting = { smallestBytes: 128 << 10, largestBytes: 256 << 10, oneIn: 16 };
/** For what is made again after each change of one file: two thirds less to read and deflate, and 2 % more bytes. */
export const fine: Cutting = { smallestBytes: 48 << 10, largestBytes: 96 << 10, oneIn: 4 };

/** Some entries that follow each other, and the pieces that they became. */
export interface Cut {
  readonly entries: readonly Entry[];
  /** Zero bytes that end the content of the file before, at the beginning of the first piece. */
  readonly paddingBytes: number;
  /** One batch, and the file behind it where one stands alone. */
  readonly pieces: readonly Piece[];
  /** Why nothing more is in it: a file that stands alone, the next entry, or the end of the tar. */
  readonly end: 'file' | 'next' | 'tar';
}

/** Cuts that were made, by their first entries. All of them for one time and one kind of {@link cutPieces}. */
export class Cuts {
  #before = new Map<Entry, Cut>();
  #now = new Map<Entry, Cut>();

  find(first: Entry): Cut | undefined {
    return this.#before.get(first);
  }

  keep(first: Entry, cut: Cut): void {
    this.#now.set(first, cut);
  }

  /** Another tar begins. */
  begin(): void {
    this.#before = this.#now;
    this.#now = new Map();
  }
}

/**
 * Cuts the tar of `entries`, which are in order, into pieces. A cut depends on nothing but the entries around it: it
 * falls before some paths, chosen by a hash of the path, once a batch is large enough. So adding, removing or changing a
 * file moves only the cuts up to the next such path.
 * @param cuts of such a tar before: what of it has the same entries, the same objects, is the same pieces
 */
export function cutPieces(
  entries: readonly Entry[],
  mtimeSeconds: number,
  standsAlone: (entry: FileEntry) => boolean,
  cuts?: Cuts,
  cutting: Cutting = coarse,
): Piece[] {
  const cutter = new Cutter(entries, mtimeSeconds, standsAlone, cutting);
  const pieces: Piece[] = [];
  cuts?.begin();
  let last: Cut | undefined;
  for (let at = 0; last?.end !== 'tar'; at += last.entries.length) {
    const padding = last?.end === 'file' ? paddingBehind(last) : 0;
    const first = entries[at];
    const known = first && cuts?.find(first);
    last = known !== undefined && cutter.isStill(known, at, padding) ? known : cutter.cut(at, padding);
    if (first !== undefined) cuts?.keep(first, last);
    pieces.push(...last.pieces);
  }
  return pieces;
}

function paddingBehind({ entries }: Cut): number {
  const entry = entries.at(-1);
  return entry?.type === 'file' ? paddingBytes(entry.sizeBytes) : 0;
}

class Cutter {
  readonly #entries: readonly Entry[];
  readonly #mtimeSeconds: number;
  readonly #standsAlone: (entry: FileEntry) => boolean;
  readonly #cutting: Cutting;
  /** Each header is asked for twice. */
  #last: { readonly entry: Entry; readonly header: Buffer } | undefined;

  constructor(
    entries: readonly Entry[],
    mtimeSeconds: number,
    standsAlone: (entry: FileEntry) => boolean,
    cutting: Cutting,
  ) {
    this.#cutting = cutting;
    this.#entries = entries;
    this.#mtimeSeconds = mtimeSeconds;
    this.#standsAlone = standsAlone;
  }

  /** The entries from `from` on, up to the next cut. */
  cut(from: number, padding: number): Cut {
    const batch = new BatchBuilder();
    batch.addBytes(zeros.subarray(0, padding));
    const ended = (to: number, end: Cut['end'], ...alone: readonly Piece[]): Cut => ({
      entries: this.#entries.slice(from, to),
      paddingBytes: padding,
      pieces: [batch.finish(), ...alone],
      end,
    });
    for (let at = from; at < this.#entries.length; at += 1) {
      const entry = this.#entries[at];
      if (entry === undefined) break;
      if (this.#mustEnd(batch.sizeBytes, entry)) return ended(at, 'next');
      batch.addBytes(this.#header(entry));
      if (entry.type !== 'file') continue;
      if (this.#isAlone(entry)) return ended(at + 1, 'file', { kind: 'file', entry });
      batch.addContent(entry);
      batch.addBytes(zeros.subarray(0, paddingBytes(entry.sizeBytes)));
    }
    batch.addBytes(endOfArchive);
    return ended(this.#entries.length, 'tar');
  }

  /** Whether the entries from `from` on would be cut like that again. */
  isStill({ entries, paddingBytes: padding, pieces: [batch], end }: Cut, from: number, wantedPadding: number): boolean {
    const to = from + entries.length;
    if (padding !== wantedPadding || !entries.every((entry, index) => entry === this.#entries[from + index]))
      return false;
    if (end === 'file' || batch === undefined) return end === 'file';
    const next = this.#entries[to];
    return next === undefined ? end === 'tar' : end === 'next' && this.#mustEnd(pieceBytes(batch), next);
  }

  /** Whether a batch of this size ends before the entry. */
  #mustEnd(sizeBytes: number, next: Entry): boolean {
    const { smallestBytes, largestBytes, oneIn } = this.#cutting;
    if (sizeBytes < smallestBytes) return false;
    const content = next.type === 'file' && !this.#isAlone(next) ? next.sizeBytes : 0;
    return sizeBytes + this.#header(next).length + content > largestBytes || crc32(next.path) % oneIn === 0;
  }

  #isAlone(entry: FileEntry): boolean {
    return entry.sizeBytes >= largeFileBytes || this.#standsAlone(entry);
  }

  #header(entry: Entry): Buffer {
    if (entry !== this.#last?.entry) {
      this.#last = { entry, header: tarHeader(entry, entry.mtimeSeconds ?? this.#mtimeSeconds) };
    }
    return this.#last.header;
  }
}

/** Bytes of the tar that a piece holds. */
export function pieceBytes(piece: Piece): number {
  return piece.kind === 'batch' ? piece.sizeBytes : piece.entry.sizeBytes;
}

const zeros = Buffer.alloc(512);

class BatchBuilder {
  sizeBytes = 0;
  readonly #literals: Buffer[] = [];
  readonly #segments: Segment[] = [];
  #literalBytes = 0;
  #pendingBytes = 0;

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
