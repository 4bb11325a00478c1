import type { Compression } from '../config/target.ts';
import type { Elf } from '../elf.ts';
import type { DeflateEnds } from './deflate-walk.ts';
import type { CarriedEntry, FileEntry, ZipMember } from './entry.ts';
import type { KeptPlaces } from './kept.ts';
import type { Room } from './memory.ts';
import type { Batch } from './piece.ts';

/** What all jobs of one layer have in common. Plain data, as all here: it is sent to other threads. */
export interface WorkSettings {
  readonly compression: Compression;
  /** Whether {@link Encoded.files} are wanted. */
  readonly describeFiles: boolean;
  readonly kept?: KeptPlaces;
}

/** Some consecutive pieces of a layer, of about a megabyte. */
export interface EncodeJob {
  readonly kind: 'encode';
  readonly pieces: readonly JobPiece[];
  /** What {@link Encoded} is to stand in, as far as it suffices; nobody else touches it meanwhile. Absent: fresh memory. */
  readonly room?: Room;
}

export type JobPiece =
  | Batch
  | { readonly kind: 'carried'; readonly entry: CarriedEntry }
  /** A part of a file that is too large to be one piece. */
  | { readonly kind: 'slice'; readonly bytes: Uint8Array };

/** Asks where the deflate stream of a member ends that is too large for memory. */
export interface FindEndsJob {
  readonly kind: 'find-ends';
  readonly member: ZipMember;
}

export type Job = EncodeJob | FindEndsJob;

export interface Encoded {
  /** The stretch of the tar. */
  readonly raw: Uint8Array;
  /** Of the raw bytes. */
  readonly crc32: number;
  readonly encoded: Uint8Array;
  readonly pieces: readonly EncodedPiece[];
  /** Of each file in the pieces, in their order. */
  readonly files: readonly FileFound[];
}

/** What is seen of a file when its bytes pass. */
export interface FileFound {
  /** Of its content, in hex. */
  readonly sha256: string;
  /** Absent where it was not looked for, since the file did not pass whole. */
  readonly elf?: Elf | 'none';
}

/** A piece, behind those before it in {@link Encoded.encoded}. */
export interface EncodedPiece {
  readonly sizeBytes: number;
  /** Where it may be kept. */
  readonly keep?: { readonly key: string; readonly sha256: string };
}

export type Answer<J extends Job> = J extends EncodeJob ? Encoded : DeflateEnds | undefined;

/** Those who do the jobs of one layer. */
export interface Hands {
  do<J extends Job>(job: J): Promise<Answer<J>>;
  /** Jobs that are not done then never are. */
  close(): void;
}

/** Bytes of the tar that a piece holds. */
export function jobPieceBytes(piece: JobPiece): number {
  if (piece.kind === 'slice') return piece.bytes.length;
  return piece.kind === 'carried' ? piece.entry.sizeBytes : piece.sizeBytes;
}

/** Bytes that the encoded piece will take, about. */
export function likelyBytes(piece: JobPiece): number {
  if (piece.kind !== 'carried') return (jobPieceBytes(piece) >> 1) + 1024;
  const { sizeBytes, content } = piece.entry;
  return Math.min(content.compressedSizeBytes, sizeBytes) + 64;
}

/** The files of a job's pieces, in their order. */
export function filesOf({ pieces }: EncodeJob): readonly FileEntry[] {
  return pieces.flatMap((piece) => {
    if (piece.kind === 'carried') return [piece.entry];
    return piece.kind === 'batch' ? piece.segments.flatMap(({ file }) => file ?? []) : [];
  });
}
