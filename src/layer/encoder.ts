import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import type { Compression } from '../config/target.ts';
import { mediaTypes } from '../oci/manifest.ts';
import { inflatePiece } from './inflate.ts';
import { sharedInflater } from './inflater.ts';

/** Makes one blob out of pieces that are encoded each alone. */
export interface Encoder {
  readonly mediaType: string;
  /** Type and level: with the encoder's own version, all that encoded bytes depend on beside the raw ones. */
  readonly name: string;
  /** Whether deflate streams from elsewhere can stand between the pieces. */
  readonly joinsDeflate: boolean;
  /** What the blob begins with. */
  readonly head: Uint8Array;
  readonly encode: (raw: Uint8Array) => Uint8Array;
  /** The same bytes, made in a thread of the pool that Node.js has anyway where it can. */
  readonly encodeInPool: (raw: Uint8Array) => Promise<Uint8Array>;
  /** The reverse of {@link encode}. False when that does not fill `raw`, or it was not encoded so. */
  decodeInto(raw: Uint8Array, encoded: Uint8Array): boolean;
  /** What the blob ends with, given CRC-32 and size of all that is in it. */
  tail(crc32: number, sizeBytes: number): Uint8Array;
}

const { Z_FULL_FLUSH, Z_RLE, ZSTD_c_compressionLevel } = zlib.constants;
const deflateRaw = promisify<Uint8Array, zlib.ZlibOptions, Buffer>(zlib.deflateRaw);
const none = Buffer.alloc(0);

/** gzip 5 takes a third less time than 6, for one percent more bytes. */
const defaultLevels = { gzip: 5, zstd: 3 } as const;

export function encoderFor({ type, level }: Compression): Encoder {
  switch (type) {
    case 'gzip':
      return gzipEncoder(level ?? defaultLevels.gzip);
    case 'zstd':
      return zstdEncoder(level ?? defaultLevels.zstd);
    case 'none':
      return plainEncoder;
  }
}

/**
 * One gzip member: its pieces are raw deflate that ends with a full flush, so that each is whole bytes and refers to
 * nothing before it.
 *
 * @see https://www.rfc-editor.org/rfc/rfc1952
 */
function gzipEncoder(level: number): Encoder {
  const settingsFor = (raw: Uint8Array): zlib.ZlibOptions => {
    const settings = raw.length <= tinyBytes ? tinySettings : batchSettings;
    return { level, ...settings, finishFlush: Z_FULL_FLUSH, chunkSize: roomFor(raw.length) };
  };
  return {
    mediaType: mediaTypes.layerGzip,
    name: `gzip-${level}`,
    joinsDeflate: true,
    head: Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]),
    encode: (raw) => zlib.deflateRawSync(raw, settingsFor(raw)),
    encodeInPool: async (raw) => deflateRaw(raw, settingsFor(raw)),
    decodeInto: (raw, encoded) => inflatePiece(raw, encoded, sharedInflater()),
    tail: (crc32, sizeBytes) => {
      const emptyLastBlock = [3, 0];
      const tail = Buffer.from([...emptyLastBlock, 0, 0, 0, 0, 0, 0, 0, 0]);
      tail.writeUInt32LE(crc32, 2);
      tail.writeUInt32LE(sizeBytes % 2 ** 32, 6);
      return tail;
    },
  };
}

/** A zstd frame for each piece, with its size in the header: frames may follow each other (RFC 8878, section 3). */
function zstdEncoder(level: number): Encoder {
  const settingsFor = ({ length }: Uint8Array): zlib.ZstdOptions => {
    return { params: { [ZSTD_c_compressionLevel]: level }, pledgedSrcSize: length, chunkSize: roomFor(length) };
  };
  return {
    mediaType: mediaTypes.layerZstd,
    name: `zstd-${level}`,
    joinsDeflate: false,
    head: none,
    encode: (raw) => zlib.zstdCompressSync(raw, settingsFor(raw)),
    // Not in the pool: there zstd ends what fills its last block with an empty one more, which are other bytes.
    encodeInPool: async (raw) => zlib.zstdCompressSync(raw, settingsFor(raw)),
    decodeInto: (raw, encoded) => {
      try {
        return fill(raw, zlib.zstdDecompressSync(encoded, { maxOutputLength: raw.length + 1 }));
      } catch {
        return false;
      }
    },
    tail: () => none,
  };
}

const plainEncoder: Encoder = {
  mediaType: mediaTypes.layer,
  name: 'none',
  joinsDeflate: false,
  head: none,
  encode: (raw) => raw,
  encodeInPool: async (raw) => raw,
  decodeInto: fill,
  tail: () => none,
};

/**
 * A header between two carried files, which is mostly zeros: setting up deflate's usual memory would take longer than
 * deflating it. With less memory, zlib's hash tables differ between processors; looking for runs alone needs none.
 */
const tinyBytes = 2048;
const tinySettings = { windowBits: 11, memLevel: 5, strategy: Z_RLE } as const;
/** A larger hash table than usual: an eighth less time for source files, for a thousandth more bytes. */
const batchSettings = { memLevel: 9 } as const;

/** So much that deflate's output mostly comes in one buffer, which saves copying. */
function roomFor(rawBytes: number): number {
  return Math.max(1024, rawBytes >> 1);
}

function fill(raw: Uint8Array, content: Uint8Array): boolean {
  if (content.length !== raw.length) return false;
  raw.set(content);
  return true;
}

/** What official builds of Node since 22 make of the fixed text. */
const knownIdentity = { gzip: '036f6b29', zstd: 'd76e2bcb' };

/**
 * Empty when this process's zlib and zstd encode as those in every official Node since 22; else says how they differ.
 * Layers then have the same DiffIds as elsewhere, but other Digests.
 */
export const encoderDifference: string = differences();

function differences(): string {
  let text = '';
  for (let word = 1; text.length < 4000; word = (word * 48271) % 2147483647) text += ` ${word % 977}`;
  const raw = Buffer.from(text);
  const gzip = identity(
    [1, 5, 6, 9].flatMap((level) => [raw, raw.subarray(0, tinyBytes)].map((bytes) => gzipEncoder(level).encode(bytes))),
  );
  const zstd = identity([zlib.zstdCompressSync(raw)]);
  const parts = [
    gzip === knownIdentity.gzip ? '' : `-gzip-${gzip}`,
    zstd === knownIdentity.zstd ? '' : `-zstd-${zstd}`,
  ];
  return parts.join('');
}

function identity(encoded: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const bytes of encoded) hash.update(bytes);
  return hash.digest('hex').slice(0, 8);
}
