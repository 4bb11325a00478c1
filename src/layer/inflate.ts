import { constants, inflateRawSync } from 'node:zlib';
import type { Inflater } from './inflater.ts';

const { Z_FINISH, Z_SYNC_FLUSH } = constants;

/** What was seen of a raw deflate stream while it was inflated. */
export interface Inflated {
  /** The first byte behind the stream. */
  readonly endByte: number;
  /** The first byte that was not read when the last block began: it begins there, or with one of eight bits before. */
  readonly lastBlockByte: number;
}

/**
 * Fills `target` with a stream's content. False when it is not of that size or no stream; what follows does not matter.
 * @param inflater absent where there is none
 */
export function inflateExactly(target: Uint8Array, stream: Uint8Array, inflater: Inflater | undefined): boolean {
  if (inflater === undefined) return inflateByCopy(target, stream);
  inflater.begin();
  const step = inflater.end(stream, target);
  if (step === undefined || step.written !== target.length) return false;
  return endsThere(inflater, stream.subarray(step.read));
}

/** The same of a whole piece, which has no last block and ends with a flush. */
export function inflatePiece(target: Uint8Array, piece: Uint8Array, inflater: Inflater | undefined): boolean {
  if (inflater === undefined) return inflateByCopy(target, piece, Z_SYNC_FLUSH);
  inflater.begin();
  const step = inflater.rest(piece, target);
  return step?.read === piece.length && step.written === target.length;
}

/** So many blocks, and one more for so many bytes, are asked for one by one: less is not worth the asking. */
const fewBlocks = 64;
const bytesOfBlock = 512;

/**
 * As {@link inflateExactly}, block by block. 'unseen' where the stream is right but has very many blocks, or this Node.js
 * does not let them be seen; 'damaged' for what is no stream of that content.
 */
export function inflateBlocks(
  target: Uint8Array,
  stream: Uint8Array,
  inflater: Inflater | undefined,
): Inflated | 'unseen' | 'damaged' {
  if (inflater === undefined) return inflateExactly(target, stream, inflater) ? 'unseen' : 'damaged';
  inflater.begin();
  let lastBlockByte = 0;
  let read = 0;
  let written = 0;
  for (let left = fewBlocks + stream.length / bytesOfBlock; left > 0; left--) {
    const step = inflater.block(stream.subarray(read), target.subarray(written));
    if (step === undefined) return 'damaged';
    if (step.read === 0) {
      const isWhole = written === target.length && endsThere(inflater, stream.subarray(read));
      return isWhole ? { endByte: read, lastBlockByte } : 'damaged';
    }
    lastBlockByte = read;
    read += step.read;
    written += step.written;
  }
  return inflateExactly(target, stream, inflater) ? 'unseen' : 'damaged';
}

/** Whether the stream ends without any more content. */
function endsThere(inflater: Inflater, rest: Uint8Array): boolean {
  return inflater.end(rest, nothing) !== undefined;
}

const nothing = Buffer.alloc(0);

/** One byte of room more than allowed shows a stream that is too long without inflating all of it. */
function inflateByCopy(target: Uint8Array, stream: Uint8Array, finishFlush: number = Z_FINISH): boolean {
  const roomBytes = target.length + 1;
  try {
    const content = inflateRawSync(stream, {
      finishFlush,
      chunkSize: Math.max(64, roomBytes),
      maxOutputLength: roomBytes,
    });
    if (content.length !== target.length) return false;
    target.set(content);
    return true;
  } catch {
    return false;
  }
}
