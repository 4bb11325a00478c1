import { crc32 } from 'node:zlib';
import { slackBytes } from './bit-reader.ts';
import { type DeflateEnds, walkDeflate } from './deflate-walk.ts';
import type { CarriedEntry, FileEntry, ZipMember } from './entry.ts';
import type { GrowingBuffer } from './growing-buffer.ts';
import { sharedInflater } from './inflater.ts';
import { type Archives, checkPlausible, damaged } from './member.ts';
import { emptyBlock, inflateAndOpen, openedAt, openStretch } from './open-stream.ts';

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
  const { compressedSizeBytes } = member;
  checkPlausible(member, path, raw.length);
  const stored = encoded.room(compressedSizeBytes + slackBytes);
  archives.readInto(member, 0, stored.subarray(0, compressedSizeBytes));
  const opened = inflateAndOpen(raw, stored, compressedSizeBytes, sharedInflater());
  if (opened === 'damaged' || crc32(raw) !== member.crc32) throw damaged(member, path);
  if (opened === undefined) {
    encoded.put(deflate(raw));
    return;
  }
  const block = emptyBlock(opened);
  stored.set(block, opened.endByte);
  encoded.take(opened.endByte + block.length);
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

/** The opened stream of a member of any size, in chunks that stand in what `memory` gives. */
export function* openedChunks(
  member: ZipMember,
  ends: DeflateEnds,
  archives: Archives,
  memory: (sizeBytes: number) => Buffer,
): Generator<Uint8Array> {
  const opened = openedAt(ends);
  for (let from = 0; from < opened.endByte; from += windowBytes) {
    const chunk = memory(Math.min(windowBytes, opened.endByte - from));
    archives.readInto(member, from, chunk);
    openStretch(chunk, from, ends);
    yield chunk;
  }
  const block = emptyBlock(opened);
  const chunk = memory(block.length);
  chunk.set(block);
  yield chunk;
}
