import { type DeflateEnds, slackBytes, walkDeflate } from './deflate-walk.ts';
import type { CarriedEntry, FileEntry, ZipMember } from './entry.ts';
import type { GrowingBuffer } from './growing-buffer.ts';
import { type Archives, checkPlausible, inflateInto } from './member.ts';

/** Smaller files are better deflated anew, together with their neighbours. */
const smallestBytes = 8 << 10;
const windowBytes = 1 << 20;

/** Whether a file's deflate stream can go into a layer as it stands in its archive, and should. */
export function canCarry(entry: FileEntry): entry is CarriedEntry {
  return entry.content.kind === 'zip-member' && entry.content.method === 8 && entry.sizeBytes >= smallestBytes;
}

export interface CarryTarget {
  /** Of the member's size. */
  readonly raw: Uint8Array;
  readonly encoded: GrowingBuffer;
  /** Makes a stream in the place of one that cannot be opened. */
  readonly deflate: (raw: Uint8Array) => Uint8Array;
}

/**
 * Fills `raw` with a member's content, checked against its size and CRC-32 ('wheel-invalid'), and puts its deflate
 * stream, opened so that more can follow, behind what stands in `encoded`.
 */
export function carryWhole({ content: member, path }: CarriedEntry, archives: Archives, target: CarryTarget): void {
  const { raw, encoded, deflate } = target;
  checkPlausible(member, path, raw.length);
  const stored = encoded.room(member.compressedSizeBytes + slackBytes);
  const stream = stored.subarray(0, member.compressedSizeBytes);
  archives.readInto(member, 0, stream);
  inflateInto(raw, stream, member, path);
  const ends = walkDeflate(stream.length, (from) => stored.subarray(from));
  if (ends === undefined) encoded.put(deflate(raw));
  else encoded.take(openWhole(stored, ends));
}

/** Opens a stream where it stands; answers with its size then. */
function openWhole(stored: Buffer, ends: DeflateEnds): number {
  openStretch(stored.subarray(0, endByte(ends)), 0, ends);
  const block = emptyBlock(ends);
  stored.set(block, endByte(ends));
  return endByte(ends) + block.length;
}

/** Where the deflate stream of a member of any size ends; undefined when it cannot be opened. */
export function findEnds(member: ZipMember, archives: Archives): DeflateEnds | undefined {
  const window = Buffer.allocUnsafeSlow(windowBytes + slackBytes);
  return walkDeflate(member.compressedSizeBytes, (from) => {
    const lengthBytes = Math.min(windowBytes, member.compressedSizeBytes - from);
    archives.readInto(member, from, window.subarray(0, lengthBytes));
    return window.subarray(0, lengthBytes + slackBytes);
  });
}

/** The opened stream of a member of any size, in chunks. */
export function* openedChunks(member: ZipMember, ends: DeflateEnds, archives: Archives): Generator<Uint8Array> {
  for (let from = 0; from < endByte(ends); from += windowBytes) {
    const chunk = Buffer.allocUnsafeSlow(Math.min(windowBytes, endByte(ends) - from));
    archives.readInto(member, from, chunk);
    openStretch(chunk, from, ends);
    yield chunk;
  }
  yield emptyBlock(ends);
}

function endByte({ endBit }: DeflateEnds): number {
  return Math.ceil(endBit / 8);
}

/** In the bytes of a stream from `from` on, takes the mark off the last block, and clears what is behind the end. */
function openStretch(bytes: Buffer, from: number, ends: DeflateEnds): void {
  clear(bytes, Math.floor(ends.lastBlockBit / 8) - from, ~(1 << (ends.lastBlockBit % 8)));
  if (ends.endBit % 8 !== 0) clear(bytes, endByte(ends) - 1 - from, (1 << (ends.endBit % 8)) - 1);
}

function clear(bytes: Buffer, index: number, keptBits: number): void {
  const byte = bytes[index];
  if (byte !== undefined) bytes[index] = byte & keptBits;
}

/** An empty stored block, which fills a stream's last byte, so that another stream can follow at once. */
function emptyBlock(ends: DeflateEnds): Uint8Array {
  const hasRoomForHeader = endByte(ends) * 8 - ends.endBit >= 3;
  return Uint8Array.from(hasRoomForHeader ? [0, 0, 0xff, 0xff] : [0, 0, 0, 0xff, 0xff]);
}
