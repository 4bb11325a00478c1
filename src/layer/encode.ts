import { crc32 } from 'node:zlib';
import { canCarry, openedChunks } from './carry.ts';
import { contentSlices, sliceBytes } from './content.ts';
import type { DeflateEnds } from './deflate-walk.ts';
import type { CarriedEntry, FileEntry } from './entry.ts';
import {
  type EncodeJob,
  type FileFound,
  filesOf,
  type Hands,
  type JobPiece,
  jobPieceBytes,
  likelyBytes,
} from './job.ts';
import type { Archives } from './member.ts';
import { lendBytes, type LentBytes, lendRoom } from './memory.ts';
import { freeMemory } from './own-memory.ts';
import type { Part, Task } from './part.ts';
import { type Piece, pieceBytes } from './piece.ts';

export interface Encoding {
  readonly hands: Hands;
  readonly archives: Archives;
  /** Whether deflate streams can be taken over. */
  readonly joinsDeflate: boolean;
  /** Whether each piece is to be a part of its own. */
  readonly isApart: boolean;
  /** Whether somebody may ask for the same pieces again. */
  readonly areHeld: boolean;
  /** Is told of each file, when that is wanted. */
  readonly onFile: ((path: string, file: FileFound) => void) | undefined;
}

/** Up to here a member of an archive is held in memory, inflated. */
const largestInMemoryBytes = 4 << 20;
/** So much makes a job: long enough that handing it over costs little, short enough that all hands end together. */
const jobBytes = 512 << 10;

/** Whether the file's deflate stream is taken over instead of being made anew. */
export function isCarried(entry: FileEntry, joinsDeflate: boolean): entry is CarriedEntry {
  return joinsDeflate && canCarry(entry);
}

/** Begins to encode the pieces, one job after the other as the tasks are asked for. */
export async function* encodePieces(pieces: readonly Piece[], encoding: Encoding): AsyncGenerator<Task> {
  const huge = new HugeMembers(pieces, encoding);
  let job = new JobBuilder();
  for (const piece of pieces) {
    const small = jobPiece(piece, encoding);
    if (small !== undefined) {
      job.add(small, pieceBytes(piece));
      if (job.sizeBytes < jobBytes && !encoding.isApart) continue;
    }
    if (job.sizeBytes > 0) yield jobTask(job.finish(), encoding);
    job = new JobBuilder();
    if (small === undefined && piece.kind === 'file') yield* encodeLarge(piece.entry, huge, encoding);
  }
  if (job.sizeBytes > 0) yield jobTask(job.finish(), encoding);
}

/** What can be encoded in one go, in bounded memory. */
function jobPiece(piece: Piece, { joinsDeflate }: Encoding): JobPiece | undefined {
  if (piece.kind === 'batch') return piece;
  const { entry } = piece;
  const { sizeBytes } = entry;
  if (isCarried(entry, joinsDeflate)) return sizeBytes > largestInMemoryBytes ? undefined : { kind: 'carried', entry };
  if (sizeBytes > sliceBytes) return undefined;
  return { kind: 'batch', literals: new Uint8Array(0), segments: [{ literalBytes: 0, file: entry }], sizeBytes };
}

class JobBuilder {
  sizeBytes = 0;
  readonly #pieces: JobPiece[] = [];

  add(piece: JobPiece, sizeBytes: number): void {
    this.#pieces.push(piece);
    this.sizeBytes += sizeBytes;
  }

  finish(): EncodeJob {
    return { kind: 'encode', pieces: this.#pieces };
  }
}

function jobTask(job: EncodeJob, { hands, onFile, isApart, areHeld }: Encoding): Task {
  const { pieces } = job;
  const sizeBytes = pieces.reduce((sum, piece) => sum + jobPieceBytes(piece) + likelyBytes(piece), 0);
  const lent = isApart ? undefined : lendRoom(sizeBytes);
  const part = hands.do(lent === undefined ? job : { ...job, room: lent.room }).then((answer): Part => {
    const entries = answer.files.length === 0 ? [] : filesOf(job);
    for (const [index, file] of answer.files.entries()) onFile?.(entries[index]?.path ?? '', file);
    if (!areHeld) for (const piece of pieces) if (piece.kind === 'batch') freeMemory(piece.literals);
    return lent === undefined ? answer : { ...answer, giveBack: lent.giveBack };
  });
  return { sizeBytes, part };
}

async function* encodeLarge(entry: FileEntry, huge: HugeMembers, encoding: Encoding): AsyncGenerator<Task> {
  if (isCarried(entry, encoding.joinsDeflate)) {
    const ends = await huge.endsOf(entry);
    if (ends !== undefined) return yield* carryInChunks(entry, ends, encoding);
  }
  yield* encodeSlices(entry, encoding);
}

async function* encodeSlices(entry: FileEntry, encoding: Encoding): AsyncGenerator<Task> {
  for await (const bytes of contentSlices(entry, encoding.archives, noteFor(entry, encoding))) {
    const task = jobTask({ kind: 'encode', pieces: [{ kind: 'slice', bytes }] }, encoding);
    yield entry.content.kind === 'bytes' ? task : { ...task, part: task.part.finally(() => freeMemory(bytes)) };
  }
}

/** First all of the content, to be checked; then all of the stream. */
async function* carryInChunks(entry: CarriedEntry, ends: DeflateEnds, encoding: Encoding): AsyncGenerator<Task> {
  const { archives } = encoding;
  const lent: LentBytes[] = [];
  const memory = (sizeBytes: number): Buffer => {
    const next = lendBytes(sizeBytes);
    lent.push(next);
    return next.bytes;
  };
  for await (const raw of contentSlices(entry, archives, noteFor(entry, encoding), memory)) {
    yield finished({ raw, crc32: crc32(raw), encoded: none(), pieces: [] }, lent.shift());
  }
  for (const encoded of openedChunks(entry.content, ends, archives, memory)) {
    yield finished({ raw: none(), crc32: 0, encoded, pieces: [{ sizeBytes: encoded.length }] }, lent.shift());
  }
}

/** A fresh one each time: what was joined is freed. */
function none(): Uint8Array {
  return new Uint8Array(0);
}

function finished(part: Part, lent: LentBytes | undefined): Task {
  const giveBack = lent?.giveBack;
  const whole = giveBack === undefined ? part : { ...part, giveBack };
  return { sizeBytes: part.raw.length + part.encoded.length, part: Promise.resolve(whole) };
}

function noteFor({ path }: FileEntry, { onFile }: Encoding): ((sha256: string) => void) | undefined {
  return onFile && ((sha256) => onFile(path, { sha256 }));
}

/** Lets the end of each huge member's stream be looked for while what stands before it in the layer is encoded. */
class HugeMembers {
  readonly #entries: readonly CarriedEntry[];
  readonly #hands: Hands;
  readonly #ends = new Map<CarriedEntry, Promise<DeflateEnds | undefined>>();

  constructor(pieces: readonly Piece[], { hands, joinsDeflate }: Encoding) {
    this.#entries = pieces
      .flatMap((piece) => (piece.kind === 'file' && isCarried(piece.entry, joinsDeflate) ? [piece.entry] : []))
      .filter(({ sizeBytes }) => sizeBytes > largestInMemoryBytes);
    this.#hands = hands;
    void this.#look(this.#entries[0]);
  }

  async endsOf(entry: CarriedEntry): Promise<DeflateEnds | undefined> {
    const ends = await this.#look(entry);
    void this.#look(this.#entries[this.#entries.indexOf(entry) + 1]);
    return ends;
  }

  #look(entry: CarriedEntry | undefined): Promise<DeflateEnds | undefined> {
    if (entry === undefined) return Promise.resolve(undefined);
    const known = this.#ends.get(entry) ?? this.#hands.do({ kind: 'find-ends', member: entry.content });
    known.catch(() => {});
    this.#ends.set(entry, known);
    return known;
  }
}
