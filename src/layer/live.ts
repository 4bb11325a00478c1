import { createHash, type Hash } from 'node:crypto';
import type { FileEntry } from './entry.ts';
import type { Part } from './part.ts';
import { type Piece, pieceBytes, type Segment } from './piece.ts';

/** A piece as it was made, with all that its place in a layer needs. */
interface LivePiece {
  readonly piece: Piece;
  readonly parts: readonly Part[];
  /** The state of the tar's sha256 before the piece. */
  readonly before: Hash;
}

/** More of a tar than this is not held. */
const heldBytes = 256 << 20;

/**
 * The pieces of the layer that was made last, held in memory for the next one. A piece is the same when its entries are
 * the same objects: who makes entries anew for files that did not change gains nothing.
 */
export class LiveLayer {
  #name = '';
  #pieces: readonly LivePiece[] = [];
  #byStart: ReadonlyMap<unknown, LivePiece> = new Map();

  /**
   * Begins the next layer; undefined for one that is too large.
   * @param name stands for all that equal entries may be made differently for
   */
  begin(name: string, pieces: readonly Piece[]): LiveMaking | undefined {
    const isOther = name !== this.#name;
    const isLarge = pieces.reduce((sum, piece) => sum + pieceBytes(piece), 0) > heldBytes;
    if (isOther || isLarge) this.#hold([]);
    this.#name = name;
    if (isLarge) return undefined;
    return new LiveMaking(pieces, this.#pieces, (made) => this.#hold(made));
  }

  find(piece: Piece): readonly Part[] | undefined {
    const known = this.#byStart.get(startOf(piece));
    return known !== undefined && isSame(piece, known.piece) ? known.parts : undefined;
  }

  #hold(pieces: readonly LivePiece[]): void {
    this.#pieces = pieces;
    this.#byStart = new Map(pieces.map((live) => [startOf(live.piece), live]));
  }
}

/** One layer on its way: what is in front of the first piece that is not as before is not hashed again. */
export class LiveMaking {
  /** Of the whole tar, once all parts were added. */
  readonly diff: Hash;
  readonly #pieces: readonly Piece[];
  readonly #hold: (pieces: readonly LivePiece[]) => void;
  readonly #made: LivePiece[];
  /** So many pieces are as before; their parts come too. */
  readonly #equal: number;
  #at = 0;
  #bytes = 0;
  #parts: Part[] = [];
  #before: Hash;

  constructor(pieces: readonly Piece[], last: readonly LivePiece[], hold: (pieces: readonly LivePiece[]) => void) {
    const first = pieces.findIndex((piece, index) => !isSame(piece, last[index]?.piece));
    const state = last[first]?.before;
    this.#equal = state === undefined ? 0 : first;
    this.diff = state?.copy() ?? createHash('sha256');
    this.#before = this.diff.copy();
    this.#made = last.slice(0, this.#equal);
    this.#pieces = pieces;
    this.#hold = hold;
  }

  /** Takes all parts of all pieces, in order. */
  add(part: Part): void {
    const piece = this.#pieces[this.#at];
    this.#bytes += part.raw.length;
    if (this.#at >= this.#equal) {
      this.diff.update(part.raw);
      this.#parts.push(part);
    }
    if (piece === undefined || this.#bytes < pieceBytes(piece)) return;
    if (this.#at >= this.#equal) this.#end(piece);
    this.#at += 1;
    this.#bytes = 0;
  }

  /** The layer is whole: the next one may begin with it. */
  finish(): void {
    this.#hold(this.#made);
  }

  #end(piece: Piece): void {
    this.#made.push({ piece, parts: this.#parts, before: this.#before });
    this.#before = this.diff.copy();
    this.#parts = [];
  }
}

/** The first file; undefined where there is none. */
function startOf(piece: Piece): FileEntry | undefined {
  return piece.kind === 'file' ? piece.entry : piece.segments[0]?.file;
}

function isSame(a: Piece, b: Piece | undefined): boolean {
  if (b === undefined || a.kind !== b.kind) return false;
  if (a.kind === 'file' || b.kind === 'file') return startOf(a) === startOf(b) && isHashed(a);
  return (
    a.segments.length === b.segments.length &&
    a.segments.every((segment, index) => isSameSegment(segment, b.segments[index])) &&
    Buffer.compare(a.literals, b.literals) === 0 &&
    isHashed(a)
  );
}

function isSameSegment(a: Segment, b: Segment | undefined): boolean {
  return a.file === b?.file && a.literalBytes === b?.literalBytes;
}

/** Whether the entries say what the files hold: else an equal entry may stand for other bytes. */
function isHashed(piece: Piece): boolean {
  const entries = piece.kind === 'file' ? [piece.entry] : piece.segments.flatMap(({ file }) => file ?? []);
  return entries.every(({ content }) => content.kind !== 'path' || content.sha256 !== undefined);
}
