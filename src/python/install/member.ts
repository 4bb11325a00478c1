import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable, pipeline } from 'node:stream';
import { crc32, createInflateRaw, inflateRawSync } from 'node:zlib';
import { ArchiveFile } from './archive-file.ts';
import { wheelError } from './problem.ts';
import type { ZipFile } from './zip.ts';

/** What is needed to read a member. */
export type Member = Pick<ZipFile, 'path' | 'sizeBytes' | 'content'>;

/** Large enough that a member of gigabytes is not mostly switching between threads. */
const chunkBytes = 1 << 18;

/**
 * A member's bytes, whole. What inflates to another size or checksum than its headers say is refused, at the latest
 * one chunk behind the size that they say. The default limit is for those who know that the size is bearable.
 */
export async function readMember(file: Member, wheel: string, limitBytes: number = Infinity): Promise<Buffer> {
  if (file.sizeBytes > limitBytes) throw wheelError('too-large', wheel, `${file.path}: ${file.sizeBytes} bytes`);
  const bytes = await readStart(file, file.sizeBytes, wheel);
  if (bytes.length !== file.sizeBytes || crc32(bytes) !== file.content.crc32) {
    throw wheelError('member-damaged', wheel, file.path);
  }
  return bytes;
}

/** The first `lengthBytes` of a member, or all of a shorter one; the checksum is not looked at. */
export async function memberStart(file: Member, lengthBytes: number, wheel: string): Promise<Buffer> {
  if (file.sizeBytes <= lengthBytes) return readMember(file, wheel);
  const bytes = await readStart(file, lengthBytes, wheel);
  return bytes.subarray(0, lengthBytes);
}

/** The sha256 (hex) of a member's bytes, checked like those of readMember, never held whole. */
export async function memberSha256(file: Member, wheel: string): Promise<string> {
  const hash = createHash('sha256');
  let [sizeBytes, checksum] = [0, 0];
  await scanMember(file, wheel, (chunk) => {
    hash.update(chunk);
    checksum = crc32(chunk, checksum);
    sizeBytes += chunk.length;
    return sizeBytes <= file.sizeBytes;
  });
  if (sizeBytes !== file.sizeBytes || checksum !== file.content.crc32) {
    throw wheelError('member-damaged', wheel, file.path);
  }
  return hash.digest('hex');
}

/** More than that is read in chunks. */
const wholeBytes = 1 << 20;

/** The member's bytes up to `lengthBytes`, and perhaps some more. */
async function readStart(file: Member, lengthBytes: number, wheel: string): Promise<Buffer> {
  if (file.sizeBytes <= wholeBytes && file.content.compressedSizeBytes <= wholeBytes) return readWhole(file, wheel);
  const chunks: Buffer[] = [];
  let length = 0;
  await scanMember(file, wheel, (chunk) => {
    chunks.push(chunk);
    length += chunk.length;
    return length <= lengthBytes;
  });
  return Buffer.concat(chunks);
}

/** All of a small member; a byte more shows one that is too long. Opening streams would take longer than all the rest. */
function readWhole({ path, sizeBytes, content }: Member, wheel: string): Buffer {
  using archive = new ArchiveFile(content.archive, wheel);
  const stored = archive.read(content.offset, content.compressedSizeBytes);
  if (content.method === 0) return stored;
  try {
    return inflateRawSync(stored, { chunkSize: Math.max(64, sizeBytes + 1), maxOutputLength: sizeBytes + 1 });
  } catch (cause) {
    throw wheelError('member-damaged', wheel, path, cause);
  }
}

/** Gives a member's bytes to `take`, chunk by chunk, until that wants no more. Nothing is checked but that it inflates. */
export async function scanMember(file: Member, wheel: string, take: (chunk: Buffer) => boolean): Promise<void> {
  try {
    for await (const chunk of inflated(file)) if (!take(chunk)) break;
  } catch (cause) {
    throw wheelError('member-damaged', wheel, file.path, cause);
  }
}

function inflated({ sizeBytes, content }: Member): AsyncIterable<Buffer> {
  const { archive, offset, compressedSizeBytes, method } = content;
  const stored = compressedSizeBytes === 0 ? Readable.from([]) : part(archive, offset, compressedSizeBytes);
  // Errors of either stream come out of the last one, which is read.
  const chunkSize = Math.min(Math.max(sizeBytes, 64), chunkBytes);
  return method === 0 ? stored : pipeline(stored, createInflateRaw({ chunkSize }), () => undefined);
}

function part(path: string, offset: number, lengthBytes: number): Readable {
  return createReadStream(path, { start: offset, end: offset + lengthBytes - 1, highWaterMark: chunkBytes });
}
