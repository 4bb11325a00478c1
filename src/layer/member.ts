import fs from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createInflateRaw, crc32 } from 'node:zlib';
import { PycontainerError } from '../errors.ts';
import { chunkPassed } from '../store/garbage.ts';
import type { ZipMember } from './entry.ts';
import { open, readFully } from './file.ts';
import { inflateExactly } from './inflate.ts';
import { sharedInflater } from './inflater.ts';

/** Zip archives that are held open while a layer is made. */
export class Archives {
  readonly #open = new Map<string, number>();
  #scratch = Buffer.allocUnsafeSlow(16 << 10);

  /** Fills `target` with a part of the member's stored bytes. */
  readInto(member: ZipMember, from: number, target: Uint8Array): void {
    readFully(this.#descriptor(member.archive), member.archive, target, member.offset + from);
  }

  /** A part of the member's stored bytes in fresh memory. */
  read(member: ZipMember, from: number, lengthBytes: number): Buffer {
    const bytes = Buffer.allocUnsafeSlow(lengthBytes);
    this.readInto(member, from, bytes);
    return bytes;
  }

  /** All of the member's stored bytes, until the next call. */
  readScratch(member: ZipMember): Buffer {
    const { compressedSizeBytes } = member;
    if (compressedSizeBytes > this.#scratch.length) this.#scratch = Buffer.allocUnsafeSlow(2 * compressedSizeBytes);
    const bytes = this.#scratch.subarray(0, compressedSizeBytes);
    this.readInto(member, 0, bytes);
    return bytes;
  }

  close(): void {
    for (const fd of this.#open.values()) fs.closeSync(fd);
    this.#open.clear();
  }

  #descriptor(archive: string): number {
    const known = this.#open.get(archive);
    if (known !== undefined) return known;
    const fd = open(archive);
    this.#open.set(archive, fd);
    return fd;
  }
}

/**
 * Throws 'wheel-invalid' where a member's stored bytes are far more than its content can need, so that memory stays
 * bounded by the content.
 */
export function checkPlausible(member: ZipMember, path: string, sizeBytes: number): void {
  if (member.compressedSizeBytes > sizeBytes * 1.25 + (64 << 10)) throw damaged(member, path);
}

/** Fills `target` with the member's content. Throws 'wheel-invalid' when it is not of that size and CRC-32. */
export function readMemberInto(archives: Archives, member: ZipMember, path: string, target: Uint8Array): void {
  checkPlausible(member, path, target.length);
  const stored = archives.readScratch(member);
  if (member.method === 8) {
    const isWhole = inflateExactly(target, stored, sharedInflater());
    if (!isWhole || crc32(target) !== member.crc32) throw damaged(member, path);
  } else {
    if (stored.length !== target.length || crc32(stored) !== member.crc32) throw damaged(member, path);
    target.set(stored);
  }
}

/** The member's content in chunks, of no set size; conditions as in {@link readMemberInto}. */
export async function* readMemberChunks(
  archives: Archives,
  member: ZipMember,
  path: string,
  sizeBytes: number,
): AsyncGenerator<Buffer> {
  const stored = storedChunks(archives, member);
  let crc = 0;
  let size = 0;
  for await (const chunk of member.method === 0 ? stored : inflateChunks(stored, member, path)) {
    crc = crc32(chunk, crc);
    size += chunk.length;
    chunkPassed(chunk);
    if (size > sizeBytes) throw damaged(member, path);
    yield chunk;
  }
  if (size !== sizeBytes || crc !== member.crc32) throw damaged(member, path);
}

export function damaged(member: ZipMember, path: string, cause?: unknown): PycontainerError {
  return new PycontainerError('wheel-invalid', `'${path}' is damaged in ${member.archive}`, {
    hint: 'The archive is broken: fetch it again, or tell its publisher.',
    cause,
  });
}

const chunkBytes = 1 << 17;

function* storedChunks(archives: Archives, member: ZipMember): Generator<Buffer> {
  for (let at = 0; at < member.compressedSizeBytes; at += chunkBytes) {
    yield archives.read(member, at, Math.min(chunkBytes, member.compressedSizeBytes - at));
  }
}

async function* inflateChunks(stored: Iterable<Buffer>, member: ZipMember, path: string): AsyncGenerator<Buffer> {
  const inflate = createInflateRaw({ chunkSize: chunkBytes });
  // The callback only keeps the error from being unhandled: reading throws it too.
  pipeline(Readable.from(stored), inflate, () => {});
  try {
    yield* inflate;
  } catch (error) {
    throw error instanceof PycontainerError ? error : damaged(member, path, error);
  }
}
