import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { canCarry, type CarriedEntry, carryWhole, findEnds, openedChunks } from './carry.ts';
import { contentSlices, readContentInto } from './content.ts';
import type { Encoder } from './encoder.ts';
import type { FileEntry } from './entry.ts';
import type { Archives } from './member.ts';
import type { Task } from './part.ts';
import type { Piece, Segment } from './piece.ts';

export interface Encoding {
  readonly encoder: Encoder;
  readonly archives: Archives;
  /** Is told the sha256 in hex of each file's content, when that is wanted. */
  readonly onHash: ((path: string, sha256: string) => void) | undefined;
}

/** Up to here a member of an archive is held in memory, inflated. */
const largestInMemoryBytes = 32 << 20;

/** Whether the file's deflate stream is taken over instead of being made anew. */
export function isCarried(entry: FileEntry, encoder: Encoder): entry is CarriedEntry {
  return encoder.joinsDeflate && canCarry(entry);
}

/** Begins to encode the pieces, one after the other as the tasks are asked for. */
export async function* encodePieces(pieces: readonly Piece[], encoding: Encoding): AsyncGenerator<Task> {
  for (const piece of pieces) {
    if (piece.kind === 'batch') yield encodeTask(readBatch(piece.segments, piece.sizeBytes, encoding), encoding);
    else if (!isCarried(piece.entry, encoding.encoder)) yield* encodeSlices(piece.entry, encoding);
    else if (piece.entry.sizeBytes <= largestInMemoryBytes) yield carryTask(piece.entry, encoding);
    else yield* carryInChunks(piece.entry, encoding);
  }
}

function encodeTask(raw: Buffer, { encoder }: Encoding): Task {
  const part = encoder.encode(raw).then((encoded) => ({ raw, crc32: crc32(raw), encoded: [encoded] }));
  return { sizeBytes: raw.length, part };
}

async function* encodeSlices(entry: FileEntry, encoding: Encoding): AsyncGenerator<Task> {
  for await (const slice of contentSlices(entry, encoding.archives, noteFor(entry, encoding))) {
    yield encodeTask(slice, encoding);
  }
}

function carryTask(entry: CarriedEntry, { archives, encoder, onHash }: Encoding): Task {
  const part = carryWhole(entry, archives).then(async ({ raw, opened }) => {
    onHash?.(entry.path, hash('sha256', raw));
    return { raw, crc32: entry.content.crc32, encoded: opened ?? [await encoder.encode(raw)] };
  });
  return { sizeBytes: entry.sizeBytes + entry.content.compressedSizeBytes, part };
}

/** First all of the content, to be checked; then all of the stream. */
async function* carryInChunks(entry: CarriedEntry, encoding: Encoding): AsyncGenerator<Task> {
  const { archives } = encoding;
  const ends = await findEnds(entry.content, archives);
  if (ends === undefined) {
    yield* encodeSlices(entry, encoding);
    return;
  }
  for await (const raw of contentSlices(entry, archives, noteFor(entry, encoding))) {
    yield { sizeBytes: raw.length, part: Promise.resolve({ raw, crc32: crc32(raw), encoded: [] }) };
  }
  for (const chunk of openedChunks(entry.content, ends, archives)) {
    yield { sizeBytes: chunk.length, part: Promise.resolve({ raw: nothing, crc32: 0, encoded: [chunk] }) };
  }
}

const nothing = Buffer.alloc(0);

function noteFor(entry: FileEntry, { onHash }: Encoding): ((sha256: string) => void) | undefined {
  return onHash && ((sha256) => onHash(entry.path, sha256));
}

function readBatch(segments: readonly Segment[], sizeBytes: number, { archives, onHash }: Encoding): Buffer {
  const raw = Buffer.allocUnsafeSlow(sizeBytes);
  let at = 0;
  for (const segment of segments) {
    if (segment.kind === 'literal') {
      raw.set(segment.bytes, at);
      at += segment.bytes.length;
      continue;
    }
    const target = raw.subarray(at, at + segment.entry.sizeBytes);
    readContentInto(segment.entry, archives, target);
    onHash?.(segment.entry.path, knownHash(segment.entry) ?? hash('sha256', target));
    at += target.length;
  }
  return raw;
}

function knownHash({ content }: FileEntry): string | undefined {
  return content.kind === 'path' ? content.sha256 : undefined;
}
