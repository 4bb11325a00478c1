import { createReadStream } from 'node:fs';
import { Readable, pipeline } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import { wheelError } from './problem.ts';
import type { ZipFile } from './zip.ts';

/** What is held whole: metadata, lists and scripts. The largest RECORD known has 4 MB. */
const wholeLimitBytes = 64 * 1024 * 1024;

/**
 * A member's bytes, whole. What inflates to another size or checksum than its headers say is refused, at the latest
 * one chunk behind the size that they say.
 */
export async function readMember(file: ZipFile, wheel: string): Promise<Buffer> {
  if (file.sizeBytes > wholeLimitBytes) throw wheelError('too-large', wheel, `${file.path}: ${file.sizeBytes} bytes`);
  const bytes = await readStart(file, file.sizeBytes, wheel);
  if (bytes.length !== file.sizeBytes || crc32(bytes) !== file.content.crc32) {
    throw wheelError('member-damaged', wheel, file.path);
  }
  return bytes;
}

/** The first `lengthBytes` of a member, or all of a shorter one; the checksum is not looked at. */
export async function memberStart(file: ZipFile, lengthBytes: number, wheel: string): Promise<Buffer> {
  if (file.sizeBytes <= lengthBytes) return readMember(file, wheel);
  const bytes = await readStart(file, lengthBytes, wheel);
  return bytes.subarray(0, lengthBytes);
}

/** Reads until more than `lengthBytes` are there or the member ends. */
async function readStart(file: ZipFile, lengthBytes: number, wheel: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of inflated(file)) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > lengthBytes) break;
    }
  } catch (cause) {
    throw wheelError('member-damaged', wheel, file.path, cause);
  }
  return Buffer.concat(chunks);
}

function inflated(file: ZipFile): AsyncIterable<Buffer> {
  const { archive, offset, compressedSizeBytes, method } = file.content;
  const stored = compressedSizeBytes === 0 ? Readable.from([]) : part(archive, offset, compressedSizeBytes);
  // Errors of either stream come out of the last one, which is read.
  return method === 0 ? stored : pipeline(stored, createInflateRaw(), () => undefined);
}

function part(path: string, offset: number, lengthBytes: number): Readable {
  return createReadStream(path, { start: offset, end: offset + lengthBytes - 1 });
}
