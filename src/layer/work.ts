import { createHash, hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { readElf } from '../elf.ts';
import { carryWhole, findEnds } from './carry.ts';
import { readContentInto } from './content.ts';
import { crc32Combine } from './crc32.ts';
import { type Encoder, encoderFor } from './encoder.ts';
import type { CarriedEntry, FileEntry } from './entry.ts';
import { GrowingBuffer } from './growing-buffer.ts';
import {
  type Answer,
  type Encoded,
  type EncodedPiece,
  type EncodeJob,
  type Job,
  type JobPiece,
  jobPieceBytes,
  likelyBytes,
  type FileFound,
  type WorkSettings,
} from './job.ts';
import { KeptReader, rawKey } from './kept.ts';
import type { Room } from './memory.ts';
import { Archives } from './member.ts';
import { freeOwnMemory } from './own-memory.ts';
import type { Batch } from './piece.ts';

/** Does the jobs of one layer, in whatever thread it is made. What a job gives depends on nothing but the job. */
export class LayerWork {
  readonly #encoder: Encoder;
  readonly #encode: (raw: Uint8Array) => Uint8Array | Promise<Uint8Array>;
  readonly #describe: boolean;
  readonly #archives = new Archives();
  readonly #kept: KeptReader | undefined;

  /** `usesPool`: this thread has other things to do than to encode. */
  constructor({ compression, describeFiles, kept }: WorkSettings, { usesPool }: { usesPool: boolean }) {
    this.#encoder = encoderFor(compression);
    this.#encode = usesPool ? this.#encoder.encodeInPool : this.#encoder.encode;
    this.#describe = describeFiles;
    this.#kept = kept && new KeptReader(kept);
  }

  /** Throws what makeLayer says of contents. */
  async do<J extends Job>(job: J): Promise<Answer<J>>;
  async do(job: Job): Promise<Answer<Job>> {
    return job.kind === 'encode' ? this.#encodeAll(job) : findEnds(job.member, this.#archives);
  }

  close(): void {
    this.#archives.close();
    this.#kept?.close();
  }

  async #encodeAll({ pieces, room }: EncodeJob): Promise<Encoded> {
    const done = new EncodedBuilder(pieces, room);
    const begun = pieces.map((piece) => this.#begin(piece, done.roomForRaw(jobPieceBytes(piece))));
    for (const piece of begun) {
      if ('entry' in piece) this.#carry(piece, done);
      else done.add(piece, await piece.encoded);
    }
    return done.finish();
  }

  /** Fills `raw`, but for what is to be carried over, which is done in its turn. */
  #begin(piece: JobPiece, raw: Buffer): BegunPiece | CarriedPiece {
    if (piece.kind === 'carried') return { entry: piece.entry, raw };
    if (piece.kind === 'batch') return this.#beginBatch(piece, raw);
    raw.set(piece.bytes);
    return { raw, files: [], ...this.#encodedOrKept(raw) };
  }

  #carry({ entry, raw }: CarriedPiece, done: EncodedBuilder): void {
    carryWhole(entry, this.#archives, { raw, encoded: done.encoded, deflate: this.#encoder.encode });
    done.addCarried(entry, this.#describe ? [describeFile(raw)] : []);
  }

  /** A batch whose key is known beforehand and that is kept is not read from its files. */
  #beginBatch(batch: Batch, raw: Buffer): BegunPiece {
    const key = this.#kept && batchKey(batch);
    const kept = key === undefined ? undefined : this.#kept?.find(key);
    if (key === undefined || kept === undefined || !this.#encoder.decodeInto(raw, kept)) {
      readBatch(batch, this.#archives, raw);
      return { raw, files: this.#filesIn(batch, raw), ...this.#encodedOrKept(raw, key) };
    }
    return { raw, files: this.#filesIn(batch, raw), key, encoded: kept };
  }

  #encodedOrKept(raw: Buffer, knownKey?: string): Pick<BegunPiece, 'key' | 'encoded'> {
    const key = this.#kept && (knownKey ?? rawKey(raw));
    const kept = key === undefined ? undefined : this.#kept?.find(key);
    return { key, encoded: kept ?? this.#encode(raw) };
  }

  #filesIn({ segments }: Batch, raw: Buffer): readonly FileFound[] {
    if (!this.#describe) return [];
    let at = 0;
    return segments.flatMap(({ literalBytes, file }) => {
      at += literalBytes;
      if (file === undefined) return [];
      const content = raw.subarray(at, at + file.sizeBytes);
      at += content.length;
      return [describeFile(content, knownHash(file))];
    });
  }
}

/** A piece whose raw bytes are there. */
interface BegunPiece {
  readonly raw: Buffer;
  readonly files: readonly FileFound[];
  readonly key: string | undefined;
  readonly encoded: Uint8Array | Promise<Uint8Array>;
}

interface CarriedPiece {
  readonly entry: CarriedEntry;
  readonly raw: Buffer;
}

class EncodedBuilder {
  readonly encoded: GrowingBuffer;
  readonly #raw: Buffer;
  readonly #pieces: EncodedPiece[] = [];
  readonly #files: FileFound[] = [];
  #rawBytes = 0;
  #crc32 = 0;

  constructor(pieces: readonly JobPiece[], room: Room | undefined) {
    const rawBytes = pieces.reduce((sum, piece) => sum + jobPieceBytes(piece), 0);
    if (room === undefined || room.sizeBytes < rawBytes) {
      this.#raw = Buffer.allocUnsafeSlow(rawBytes);
      this.encoded = new GrowingBuffer(
        Buffer.allocUnsafeSlow(pieces.reduce((sum, piece) => sum + likelyBytes(piece), 0)),
      );
    } else {
      const { memory, offset, sizeBytes } = room;
      this.#raw = Buffer.from(memory, offset, rawBytes);
      this.encoded = new GrowingBuffer(Buffer.from(memory, offset + rawBytes, sizeBytes - rawBytes));
    }
  }

  /** Where the next piece's raw bytes belong. */
  roomForRaw(sizeBytes: number): Buffer {
    this.#rawBytes += sizeBytes;
    return this.#raw.subarray(this.#rawBytes - sizeBytes, this.#rawBytes);
  }

  add({ raw, files, key }: BegunPiece, encoded: Uint8Array): void {
    this.encoded.put(encoded);
    const keep = key === undefined ? {} : { keep: { key, sha256: hash('sha256', encoded) } };
    this.#note({ sizeBytes: encoded.length, ...keep }, crc32(raw), raw.length, files);
    if (encoded.buffer !== raw.buffer) freeOwnMemory(encoded);
  }

  /** Of a file whose stream stands at the end of `encoded` already. */
  addCarried({ content, sizeBytes }: CarriedEntry, files: readonly FileFound[]): void {
    const before = this.#pieces.reduce((sum, piece) => sum + piece.sizeBytes, 0);
    this.#note({ sizeBytes: this.encoded.length - before }, content.crc32, sizeBytes, files);
  }

  finish(): Encoded {
    return {
      raw: this.#raw,
      crc32: this.#crc32,
      encoded: this.encoded.finish(),
      pieces: this.#pieces,
      files: this.#files,
    };
  }

  #note(piece: EncodedPiece, crc: number, rawBytes: number, files: readonly FileFound[]): void {
    this.#crc32 = crc32Combine(this.#crc32, crc, rawBytes);
    this.#pieces.push(piece);
    this.#files.push(...files);
  }
}

function describeFile(content: Buffer, knownSha256?: string): FileFound {
  return { sha256: knownSha256 ?? hash('sha256', content), elf: readElf(content) ?? 'none' };
}

function readBatch({ literals, segments }: Batch, archives: Archives, raw: Buffer): void {
  let at = 0;
  let literalAt = 0;
  for (const { literalBytes, file } of segments) {
    raw.set(literals.subarray(literalAt, literalAt + literalBytes), at);
    literalAt += literalBytes;
    at += literalBytes;
    if (file === undefined) continue;
    readContentInto(file, archives, raw.subarray(at, at + file.sizeBytes));
    at += file.sizeBytes;
  }
}

/** Made from headers, which hold all metadata, and the files' hashes; undefined where one is not known. */
function batchKey({ literals, segments }: Batch): string | undefined {
  const sum = createHash('sha256').update(literals);
  for (const { literalBytes, file } of segments) {
    const content = file === undefined ? '' : knownHash(file);
    if (content === undefined) return undefined;
    sum.update(` ${literalBytes} ${content}`);
  }
  return `batch:${sum.digest('hex')}`;
}

function knownHash({ content }: FileEntry): string | undefined {
  if (content.kind === 'bytes') return hash('sha256', content.bytes);
  return content.kind === 'path' ? content.sha256 : undefined;
}
