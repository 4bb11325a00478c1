import { createHash, hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { canCarry, type CarriedEntry, carryWhole, findEnds, openedChunks } from './carry.ts';
import { contentSlices, readContentInto } from './content.ts';
import type { Encoder } from './encoder.ts';
import type { FileEntry } from './entry.ts';
import { type KeptPieces, rawKey } from './kept.ts';
import type { Archives } from './member.ts';
import type { Part, Task } from './part.ts';
import type { Batch, Piece } from './piece.ts';

export interface Encoding {
  readonly encoder: Encoder;
  readonly archives: Archives;
  readonly kept: KeptPieces | undefined;
  /** Is told the sha256 in hex of each file's content, when that is wanted. */
  readonly onHash: ((path: string, sha256: string) => void) | undefined;
}

/** Up to here a member of an archive is held in memory, inflated. */
const largestInMemoryBytes = 8 << 20;

/** Whether the file's deflate stream is taken over instead of being made anew. */
export function isCarried(entry: FileEntry, encoder: Encoder): entry is CarriedEntry {
  return encoder.joinsDeflate && canCarry(entry);
}

/** Begins to encode the pieces, one after the other as the tasks are asked for. */
export async function* encodePieces(pieces: readonly Piece[], encoding: Encoding): AsyncGenerator<Task> {
  for (const piece of pieces) {
    if (piece.kind === 'batch') yield batchTask(piece, encoding);
    else if (!isCarried(piece.entry, encoding.encoder)) yield* encodeSlices(piece.entry, encoding);
    else if (piece.entry.sizeBytes <= largestInMemoryBytes) yield carryTask(piece.entry, encoding);
    else yield* carryInChunks(piece.entry, encoding);
  }
}

/** A batch whose key is known beforehand and that is kept is not read from its files. */
function batchTask(batch: Batch, encoding: Encoding): Task {
  const key = encoding.kept && batchKey(batch);
  const kept = key === undefined ? undefined : encoding.kept?.find(key);
  if (key === undefined || kept === undefined) return encodeTask(readBatch(batch, encoding), encoding, key);
  const part = decodeKept(kept, key, batch, encoding).catch(async () => {
    return encodeTask(readBatch(batch, encoding), encoding, key).part;
  });
  return { sizeBytes: batch.sizeBytes, part };
}

async function decodeKept(encoded: Buffer, key: string, batch: Batch, encoding: Encoding): Promise<Part> {
  const raw = await encoding.encoder.decode(encoded, batch.sizeBytes);
  for (const segment of batch.segments) {
    const sha256 = segment.kind === 'content' ? knownHash(segment.entry) : undefined;
    if (segment.kind === 'content' && sha256 !== undefined) encoding.onHash?.(segment.entry.path, sha256);
  }
  return { raw, crc32: crc32(raw), encoded: [encoded], key };
}

/** Begins to encode raw bytes, or takes the kept piece of such bytes. */
function encodeTask(raw: Buffer, { encoder, kept }: Encoding, knownKey?: string): Task {
  const key = kept && (knownKey ?? rawKey(raw));
  const found = key === undefined ? undefined : kept?.find(key);
  const encoding = found === undefined ? encoder.encode(raw) : Promise.resolve(found);
  const part = encoding.then((encoded): Part => ({ raw, crc32: crc32(raw), encoded: [encoded], key }));
  return { sizeBytes: raw.length, part };
}

async function* encodeSlices(entry: FileEntry, encoding: Encoding): AsyncGenerator<Task> {
  for await (const slice of contentSlices(entry, encoding.archives, noteFor(entry, encoding))) {
    yield encodeTask(slice, encoding);
  }
}

function carryTask(entry: CarriedEntry, { archives, encoder, onHash }: Encoding): Task {
  const part = carryWhole(entry, archives).then(async ({ raw, opened }): Promise<Part> => {
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

function readBatch({ segments, sizeBytes }: Batch, { archives, onHash }: Encoding): Buffer {
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

/** Made from headers, which hold all metadata, and the files' hashes; undefined where one is not known. */
function batchKey({ segments }: Batch): string | undefined {
  const sum = createHash('sha256');
  for (const segment of segments) {
    const bytes = segment.kind === 'literal' ? segment.bytes : knownHash(segment.entry);
    if (bytes === undefined) return undefined;
    sum.update(`${segment.kind} ${bytes.length} `).update(bytes);
  }
  return `batch:${sum.digest('hex')}`;
}

function knownHash({ content }: FileEntry): string | undefined {
  if (content.kind === 'bytes') return hash('sha256', content.bytes);
  return content.kind === 'path' ? content.sha256 : undefined;
}
