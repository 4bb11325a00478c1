import { createHash, type Hash } from 'node:crypto';
import { parseDiffId } from '../oci/digest.ts';
import type { BlobWriter } from '../store/writer.ts';
import { crc32Combine } from './crc32.ts';
import type { Encoder } from './encoder.ts';
import type { KeptPieces } from './kept.ts';
import type { Layer } from './layer.ts';
import type { Part } from './part.ts';

/** The sha256 of a tar, to which parts are added. */
export interface TarHash {
  readonly diff: Hash;
  /** How the blob begins, where that is known: the state of its sha256 behind so many bytes. */
  readonly begin?: { readonly state: Hash; readonly sizeBytes: number } | undefined;
  /** To be called when the blob has the part already, whose size is then `blobBytes`. */
  add(part: Part, blob: BlobWriter, blobBytes: number): void;
}

export interface JoinedLayerOptions {
  readonly kept: KeptPieces | undefined;
  readonly tarHash: TarHash;
}

export function newTarHash(): TarHash {
  const diff = createHash('sha256');
  return { diff, add: ({ raw }) => void diff.update(raw) };
}

/** A layer's blob, to which parts are added in their order. */
export class JoinedLayer {
  /** Bytes of the tar so far. */
  tarBytes = 0;
  readonly #encoder: Encoder;
  readonly #writer: BlobWriter;
  readonly #kept: KeptPieces | undefined;
  readonly #tarHash: TarHash;
  #crc32 = 0;
  #blobBytes = 0;

  constructor(encoder: Encoder, writer: BlobWriter, { kept, tarHash }: JoinedLayerOptions) {
    this.#encoder = encoder;
    this.#writer = writer;
    this.#kept = kept;
    this.#tarHash = tarHash;
    if (tarHash.begin !== undefined) writer.resume(tarHash.begin.state, tarHash.begin.sizeBytes);
    this.#write(encoder.head);
  }

  /** The part's memory may be used for other things when this returns. */
  add(part: Part): void {
    const { raw, crc32, encoded, pieces } = part;
    this.#crc32 = crc32Combine(this.#crc32, crc32, raw.length);
    this.tarBytes += raw.length;
    let offset = this.#blobBytes;
    for (const { sizeBytes, keep } of pieces) {
      if (keep !== undefined) this.#kept?.note({ ...keep, offset, sizeBytes });
      offset += sizeBytes;
    }
    this.#write(encoded);
    this.#tarHash.add(part, this.#writer, this.#blobBytes);
  }

  /** Leaves the blob in the store. */
  async finish(): Promise<Layer> {
    this.#write(this.#encoder.tail(this.#crc32, this.tarBytes));
    const blob = await this.#writer.commit();
    await this.#kept?.save(blob.digest);
    return {
      ...blob,
      diffId: parseDiffId(`sha256:${this.#tarHash.diff.digest('hex')}`),
      uncompressedSizeBytes: this.tarBytes,
      mediaType: this.#encoder.mediaType,
    };
  }

  /** Idempotent, and without effect after {@link finish}. */
  async abort(): Promise<void> {
    await this.#writer.abort();
  }

  #write(bytes: Uint8Array): void {
    this.#writer.write(bytes);
    this.#blobBytes += bytes.length;
  }
}
