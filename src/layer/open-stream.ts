import { randomBytes } from 'node:crypto';
import { type DeflateEnds, walkDeflate, walkLastBlock } from './deflate-walk.ts';
import { inflateBlocks } from './inflate.ts';
import type { Inflater } from './inflater.ts';

/** A raw deflate stream in which more can follow its blocks. */
export interface OpenedStream {
  readonly endByte: number;
  /** Whether the last byte has room for the header of one more block. */
  readonly hasRoom: boolean;
}

/**
 * Fills `target` with a stream's content and takes the mark off its last block, in `stored`, which begins with the
 * stream of `streamBytes` and has slackBytes behind it. 'damaged' when it is no stream of that content; undefined when it
 * cannot be opened.
 */
export function inflateAndOpen(
  target: Uint8Array,
  stored: Buffer,
  streamBytes: number,
  inflater: Inflater | undefined,
): OpenedStream | 'damaged' | undefined {
  const stream = stored.subarray(0, streamBytes);
  const single = inflater && openSingle(target, stream, inflater);
  if (single !== undefined) return single;
  const inflated = inflateBlocks(target, stream, inflater);
  if (inflated === 'damaged') return inflated;
  const seen = inflated === 'unseen' ? undefined : walkLastBlock(stored, inflated.lastBlockByte, inflated.endByte);
  const ends = seen ?? walkDeflate(streamBytes, (from) => stored.subarray(from));
  if (ends === undefined) return undefined;
  openStretch(stream, 0, ends);
  return openedAt(ends);
}

export function openedAt({ endBit }: DeflateEnds): OpenedStream {
  const endByte = Math.ceil(endBit / 8);
  return { endByte, hasRoom: endByte * 8 - endBit >= headerBits };
}

const headerBits = 3;

/** Opens the part of a stream that begins at `from`, where it holds what must change for that. */
export function openStretch(bytes: Buffer, from: number, { lastBlockBit, endBit }: DeflateEnds): void {
  clear(bytes, from, lastBlockBit);
  for (let bit = endBit; bit < endBit + headerBits && bit % 8 !== 0; bit++) clear(bytes, from, bit);
}

function clear(bytes: Buffer, from: number, bit: number): void {
  const index = Math.floor(bit / 8) - from;
  const byte = bytes[index];
  if (byte !== undefined) bytes[index] = byte & ~(1 << (bit % 8));
}

/** An empty stored block, which fills an opened stream's last byte, so that another stream can follow at once. */
export function emptyBlock({ hasRoom }: OpenedStream): Uint8Array {
  return Uint8Array.from(hasRoom ? [0, 0, 0xff, 0xff] : [0, 0, 0, 0xff, 0xff]);
}

/**
 * A stream of one block, as most are, begins with its last. When it is inflated without the mark, something can follow,
 * and what then comes out of that shows whether the header of a stored block fits into the last byte. So nothing needs
 * to be walked. Undefined, and as it was, where this does not succeed.
 */
function openSingle(target: Uint8Array, stream: Buffer, inflater: Inflater): OpenedStream | undefined {
  const [first = 0] = stream;
  if (first % 2 === 0) return undefined;
  stream[0] = first - 1;
  inflater.begin();
  const step = inflater.block(stream, target);
  const hasRoom = step?.written === target.length ? roomBehind(inflater) : undefined;
  if (step !== undefined && hasRoom !== undefined) return { endByte: step.read, hasRoom };
  stream[0] = first;
  return undefined;
}

/** What it must read, if its last byte is padded with zeros, in one of two ways. */
function roomBehind(inflater: Inflater): boolean | undefined {
  const step = inflater.end(probe, probed);
  const found = probed.subarray(0, step?.written ?? 0);
  return [true, false].find((hasRoom) => found.equals(hasRoom ? probeWithRoom : probeWithout));
}

/**
 * A stored block that is another one when its first byte is taken for its header, with a last block behind each. Its
 * content is random, so that no stream can be made for it.
 */
const probe = randomBytes(1803);
probe.set([0xf8, 0x00, 0x07, 0xff, 0xf8], 0);
for (const end of [252, 1797]) probe.set([1, 1, 0, 0xfe, 0xff], end);
const probeWithRoom = Buffer.concat([probe.subarray(4, 252), probe.subarray(257, 258)]);
const probeWithout = Buffer.concat([probe.subarray(5, 1797), probe.subarray(1802, 1803)]);
const probed = Buffer.alloc(probeWithout.length + 1);
