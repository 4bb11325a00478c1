import { hash } from 'node:crypto';
import fs from 'node:fs';
import { type Digest, digestOf } from '../oci/digest.ts';
import type { Store } from '../store/store.ts';

/** An encoded piece, where it stands in the blob of a layer. */
interface KeptPiece {
  readonly key: string;
  readonly offset: number;
  readonly sizeBytes: number;
  /** Of the encoded bytes. */
  readonly sha256: string;
}

interface KeptLayer {
  readonly digest: Digest;
  readonly pieces: readonly KeptPiece[];
}

/** Where pieces are kept. Plain data. */
export interface KeptPlaces {
  /** The blob of the layer that was made last. */
  readonly file: string;
  readonly pieces: readonly KeptPiece[];
}

const resultKind = 'pieces';

/**
 * The pieces of the layer that was made last under a name, to be taken again for the next. They are not stored once
 * more: an index says where in the layer's blob each stands.
 */
export class KeptPieces {
  readonly #store: Store;
  readonly #name: string;
  readonly #before: KeptLayer | undefined;
  readonly #now: KeptPiece[] = [];

  private constructor(store: Store, name: string, before: KeptLayer | undefined) {
    this.#store = store;
    this.#name = name;
    this.#before = before;
  }

  /** `name` says whose pieces they are, and all that pieces of equal keys may differ in. */
  static async open(store: Store, name: string): Promise<KeptPieces> {
    return new KeptPieces(store, name, await store.getResult<KeptLayer>(resultKind, name));
  }

  get places(): KeptPlaces {
    if (this.#before === undefined) return { file: '', pieces: [] };
    return { file: this.#store.blobPath(this.#before.digest), pieces: this.#before.pieces };
  }

  /** Notes a piece of the layer that is being made. */
  note(piece: KeptPiece): void {
    this.#now.push(piece);
  }

  /** Puts the noted pieces in the place of those before; `digest` is the finished layer, which is in the store. */
  async save(digest: Digest): Promise<void> {
    if (digest === this.#before?.digest) return;
    await this.#store.putResult(resultKind, this.#name, { digest, pieces: this.#now }, [digest]);
  }
}

/** Finds kept pieces. One that is damaged or gone counts as never kept. */
export class KeptReader {
  readonly #file: string;
  readonly #byKey: ReadonlyMap<string, KeptPiece>;
  #fd: number | undefined;

  constructor({ file, pieces }: KeptPlaces) {
    this.#file = file;
    this.#byKey = new Map(pieces.map((piece) => [piece.key, piece]));
  }

  /** The encoded piece, verified. */
  find(key: string): Buffer | undefined {
    const piece = this.#byKey.get(key);
    if (piece === undefined) return undefined;
    try {
      this.#fd ??= fs.openSync(this.#file, 'r');
      const bytes = Buffer.allocUnsafeSlow(piece.sizeBytes);
      const read = fs.readSync(this.#fd, bytes, 0, bytes.length, piece.offset);
      return read === bytes.length && hash('sha256', bytes) === piece.sha256 ? bytes : undefined;
    } catch {
      return undefined;
    }
  }

  close(): void {
    if (this.#fd !== undefined) fs.closeSync(this.#fd);
    this.#fd = undefined;
  }
}

/** For a piece whose bytes are known. */
export function rawKey(raw: Uint8Array): string {
  return digestOf(raw);
}
