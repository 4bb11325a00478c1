import { createHash, type Hash } from 'node:crypto';
import type { BlobWriter } from '../store/writer.ts';
import { LastOrder } from './order.ts';
import type { Part } from './part.ts';
import { Cuts, type Piece, pieceBytes } from './piece.ts';

/** A piece as it was made, with all that its place in a layer needs. */
interface LivePiece {
  readonly piece: Piece;
  readonly isHashed: boolean;
  readonly parts: readonly Part[];
  readonly before: Before;
}

/** What stands in front of a piece. */
interface Before {
  /** The state of the tar's sha256. */
  readonly diff: Hash;
  /** The same of the blob, which has so many bytes there. */
  readonly blob: { readonly state: Hash; readonly sizeBytes: number } | undefined;
}

/** More of a tar than this is not held. */
const heldBytes = 256 << 20;

/**
 * The pieces of the layer that was made last, held in memory for the next one. A piece is the same when its entries are
 * the same objects: who makes entries anew for files that did not change gains nothing.
 */
export class LiveLayer {
  readonly order: LastOrder = new LastOrder();
  #name = '';
  #cuts = new Cuts();
  #pieces: readonly LivePiece[] = [];
  #parts: ReadonlyMap<Piece, readonly Part[]> = new Map();

  /**
   * Where the tar of the next layer may be cut as that of the last one was.
   * @param name stands for all that equal entries may be made differently for
   */
  cuts(name: string): Cuts {
    if (name !== this.#name) {
      this.#hold([]);
      this.#cuts = new Cuts();
    }
    this.#name = name;
    return this.#cuts;
  }

  /** Begins the next layer, of pieces that were cut with {@link cuts}; undefined for one that is too large. */
  begin(pieces: readonly Piece[]): LiveMaking | undefined {
    if (pieces.reduce((sum, piece) => sum + pieceBytes(piece), 0) > heldBytes) {
      this.#hold([]);
      return undefined;
    }
    return new LiveMaking(pieces, this.#pieces, (made) => this.#hold(made));
  }

  find(piece: Piece): readonly Part[] | undefined {
    return this.#parts.get(piece);
  }

  #hold(pieces: readonly LivePiece[]): void {
    this.#pieces = pieces;
    this.#parts = new Map(pieces.flatMap(({ piece, parts, isHashed }) => (isHashed ? [[piece, parts]] : [])));
  }
}

/** One layer on its way: what is in front of the first piece that is not as before is not hashed again. */
export class LiveMaking {
  /** Of the whole tar, once all parts were added. */
  readonly diff: Hash;
  readonly begin: Before['blob'];
  readonly #pieces: readonly Piece[];
  readonly #hold: (pieces: readonly LivePiece[]) => void;
  readonly #made: LivePiece[];
  /** So many pieces are as before; their parts come too. */
  readonly #equal: number;
  #at = 0;
  #bytes = 0;
  #parts: Part[] = [];
  #before: Before;

  constructor(pieces: readonly Piece[], last: readonly LivePiece[], hold: (pieces: readonly LivePiece[]) => void) {
    const first = pieces.findIndex((piece, index) => !isHeld(piece, last[index]));
    const state = last[first]?.before;
    this.#equal = state === undefined ? 0 : first;
    this.diff = state?.diff.copy() ?? createHash('sha256');
    this.begin = state?.blob;
    this.#before = { diff: this.diff.copy(), blob: this.begin };
    this.#made = last.slice(0, this.#equal);
    this.#pieces = pieces;
    this.#hold = hold;
  }

  /** Takes all parts of all pieces, in order. */
  add(part: Part, blob: BlobWriter, blobBytes: number): void {
    const piece = this.#pieces[this.#at];
    this.#bytes += part.raw.length;
    if (this.#at >= this.#equal) {
      this.diff.update(part.raw);
      this.#parts.push(part);
    }
    if (piece === undefined || this.#bytes < pieceBytes(piece)) return;
    if (this.#at >= this.#equal) this.#end(piece, blob, blobBytes);
    this.#at += 1;
    this.#bytes = 0;
  }

  /** The layer is whole: the next one may begin with it. */
  finish(): void {
    this.#hold(this.#made);
  }

  #end(piece: Piece, blob: BlobWriter, sizeBytes: number): void {
    this.#made.push({ piece, isHashed: isHashed(piece), parts: this.#parts, before: this.#before });
    this.#before = { diff: this.diff.copy(), blob: { state: blob.state(), sizeBytes } };
    this.#parts = [];
  }
}

function isHeld(piece: Piece, live: LivePiece | undefined): boolean {
  return live !== undefined && live.piece === piece && live.isHashed;
}

/** Whether the entries say what the files hold: else the same entry may stand for other bytes. */
function isHashed(piece: Piece): boolean {
  const entries = piece.kind === 'file' ? [piece.entry] : piece.segments.flatMap(({ file }) => file ?? []);
  return entries.every(({ content }) => content.kind !== 'path' || content.sha256 !== undefined);
}
