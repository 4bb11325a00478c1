import fs from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createInflateRaw, crc32, inflateRawSync } from 'node:zlib';
import { PycontainerError } from '../errors.ts';
import type { ZipMember } from './entry.ts';
import { open, readFully } from './file.ts';

/** Zip archives that are held open while a layer is made. */
export class Archives {
  readonly #open = new Map<string, number>();

  /** Reads a part of the member's stored bytes into fresh memory, with `slackBytes` of anything behind them. */
  read(member: ZipMember, from: number, lengthBytes: number, slackBytes: number = 0): Buffer {
    const bytes = Buffer.allocUnsafeSlow(lengthBytes + slackBytes);
    const target = bytes.subarray(0, lengthBytes);
    readFully(this.#descriptor(member.archive), member.archive, target, member.offset + from);
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
 * The member's stored bytes, whole, with `slackBytes` of anything behind them. Throws 'wheel-invalid' where they are far
 * more than `sizeBytes` of content can need, so that memory stays bounded by the content.
 */
export function readStored(
  archives: Archives,
  member: ZipMember,
  path: string,
  sizeBytes: number,
  slackBytes: number = 0,
): Buffer {
  if (member.compressedSizeBytes > sizeBytes * 1.25 + (64 << 10)) throw damaged(member, path);
  return archives.read(member, 0, member.compressedSizeBytes, slackBytes);
}

/** Fills `target` with the member's content. Throws 'wheel-invalid' when it is not of that size and CRC-32. */
export function readMemberInto(archives: Archives, member: ZipMember, path: string, target: Uint8Array): void {
  const stored = readStored(archives, member, path, target.length);
  const content = member.method === 0 ? stored : inflateWhole(stored, target.length, member, path);
  if (content.length !== target.length || crc32(content) !== member.crc32) throw damaged(member, path);
  target.set(content);
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

const chunkBytes = 1 << 19;

function* storedChunks(archives: Archives, member: ZipMember): Generator<Buffer> {
  for (let at = 0; at < member.compressedSizeBytes; at += chunkBytes) {
    yield archives.read(member, at, Math.min(chunkBytes, member.compressedSizeBytes - at));
  }
}

/** One byte of room more than allowed shows a member that is too long without inflating all of it. */
function inflateWhole(stored: Buffer, sizeBytes: number, member: ZipMember, path: string): Buffer {
  try {
    return inflateRawSync(stored, { chunkSize: Math.max(64, sizeBytes + 1), maxOutputLength: sizeBytes + 1 });
  } catch (error) {
    throw damaged(member, path, error);
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
