import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { crc32, inflateRaw, type ZlibOptions } from 'node:zlib';
import { type DeflateEnds, slackBytes, walkDeflate } from './deflate-walk.ts';
import type { FileEntry, ZipMember } from './entry.ts';
import { type Archives, damaged, readStored } from './member.ts';

/** A file whose deflate stream can go into a layer as it stands in its archive. */
export interface CarriedEntry extends FileEntry {
  readonly content: ZipMember;
}

/** Smaller files are better deflated anew, together with their neighbours. */
const smallestBytes = 16 << 10;
const windowBytes = 1 << 20;

export function canCarry(entry: FileEntry): entry is CarriedEntry {
  return entry.content.kind === 'zip-member' && entry.content.method === 8 && entry.sizeBytes >= smallestBytes;
}

/**
 * A member's content, checked against its size and CRC-32 ('wheel-invalid'), and its deflate stream, opened so that
 * more can follow. `opened` is absent for a stream that cannot be opened. All of it is held in memory.
 */
export async function carryWhole(
  { content: member, path, sizeBytes }: CarriedEntry,
  archives: Archives,
): Promise<{ readonly raw: Buffer; readonly opened?: readonly Uint8Array[] }> {
  const stored = readStored(archives, member, path, sizeBytes, slackBytes);
  const inflating = inflateExactly(stored.subarray(0, member.compressedSizeBytes), sizeBytes);
  inflating.catch(() => {});
  const ends = walkToEnd(member, stored);
  const raw = await inflating.catch((error: unknown) => {
    throw damaged(member, path, error);
  });
  if (raw.length !== sizeBytes || crc32(raw) !== member.crc32) throw damaged(member, path);
  if (ends === undefined) return { raw };
  return { raw, opened: [...openedStream(ends, (from, to) => stored.subarray(from, to))] };
}

/** Where the deflate stream of a member of any size ends; undefined when it cannot be opened. */
export async function findEnds(member: ZipMember, archives: Archives): Promise<DeflateEnds | undefined> {
  const walk = walkDeflate(member.compressedSizeBytes, (from) => {
    return archives.read(member, from, Math.min(windowBytes, member.compressedSizeBytes - from), slackBytes);
  });
  for (;;) {
    const step = walk.next();
    if (step.done === true) return step.value;
    await setImmediate();
  }
}

/** The opened stream of a member of any size, in chunks. */
export function openedChunks(member: ZipMember, ends: DeflateEnds, archives: Archives): Generator<Uint8Array> {
  return openedStream(ends, (from, to) => archives.read(member, from, to - from));
}

/**
 * A deflate stream without its end: the mark on its last block is taken off, and an empty stored block behind it fills
 * the last byte, so that another stream can follow at once. Changes the bytes that `read` gives.
 */
function* openedStream(ends: DeflateEnds, read: (from: number, to: number) => Buffer): Generator<Uint8Array> {
  const endByte = Math.ceil(ends.endBit / 8);
  const markByte = Math.floor(ends.lastBlockBit / 8);
  for (let from = 0; from < endByte; from += windowBytes) {
    const to = Math.min(from + windowBytes, endByte);
    const chunk = read(from, to);
    if (markByte >= from && markByte < to) mask(chunk, markByte - from, ~(1 << (ends.lastBlockBit % 8)));
    if (to === endByte && ends.endBit % 8 !== 0) mask(chunk, to - 1 - from, (1 << (ends.endBit % 8)) - 1);
    yield chunk;
  }
  const hasRoomForHeader = endByte * 8 - ends.endBit >= 3;
  yield Buffer.from(hasRoomForHeader ? [0, 0, 0xff, 0xff] : [0, 0, 0, 0xff, 0xff]);
}

function mask(bytes: Buffer, index: number, bits: number): void {
  bytes[index] = (bytes[index] ?? 0) & bits;
}

function walkToEnd(member: ZipMember, stored: Buffer): DeflateEnds | undefined {
  const walk = walkDeflate(member.compressedSizeBytes, (from) => stored.subarray(from));
  for (;;) {
    const step = walk.next();
    if (step.done === true) return step.value;
  }
}

const inflate = promisify<Uint8Array, ZlibOptions, Buffer>(inflateRaw);

/** One byte of room more than needed shows a stream that is too long. */
async function inflateExactly(stored: Buffer, sizeBytes: number): Promise<Buffer> {
  return inflate(stored, { chunkSize: sizeBytes + 1, maxOutputLength: sizeBytes + 1 });
}
