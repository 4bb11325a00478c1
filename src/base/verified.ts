import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { PycontainerError, systemCode } from '../errors.ts';
import { chunkPassed } from '../store/garbage.ts';
import { type Digest, digestOf, hexOf } from '../oci/digest.ts';

/** Bytes on disk: a whole file, or a part of one. */
export interface Region {
  readonly path: string;
  /** From the file's start, in bytes. */
  readonly offset: number;
  readonly sizeBytes: number;
}

interface Expected {
  readonly digest: Digest;
  readonly size: number;
}

/** The bytes themselves, when they are what was expected; else 'digest-mismatch'. */
export function verifiedBytes<T extends Uint8Array>(bytes: T, expected: Expected, what: string): T {
  if (bytes.length !== expected.size) throw mismatch(what, `${expected.size} bytes`, `${bytes.length}`);
  const digest = digestOf(bytes);
  if (digest !== expected.digest) throw mismatch(what, expected.digest, digest);
  return bytes;
}

/** Gives the last chunk out only when all bytes were as expected; else the stream fails with 'digest-mismatch'. */
export function verifiedRegion(region: Region, expected: Expected, what: string): Readable {
  return Readable.from(verifiedChunks(region, expected, what), { objectMode: false });
}

async function* verifiedChunks(region: Region, expected: Expected, what: string): AsyncGenerator<Buffer> {
  if (region.sizeBytes !== expected.size) throw mismatch(what, `${expected.size} bytes`, `${region.sizeBytes}`);
  const hash = createHash('sha256');
  let held: Buffer | undefined;
  for await (const chunk of regionChunks(region)) {
    hash.update(chunk);
    if (held !== undefined) yield held;
    held = chunk;
  }
  const actual = hash.digest('hex');
  if (actual !== hexOf(expected.digest)) throw mismatch(what, expected.digest, `sha256:${actual}`);
  if (held !== undefined) yield held;
}

/** The region's bytes, not verified. Throws 'base-invalid' when the file cannot be read or ends too early. */
export async function* regionChunks(region: Region): AsyncGenerator<Buffer> {
  if (region.sizeBytes === 0) return;
  const end = region.offset + region.sizeBytes - 1;
  let seen = 0;
  try {
    for await (const chunk of createReadStream(region.path, {
      start: region.offset,
      end,
      highWaterMark: 1 << 18,
    }) as AsyncIterable<Buffer>) {
      seen += chunk.length;
      yield chunk;
      chunkPassed(chunk);
    }
  } catch (error) {
    throw systemCode(error) === undefined ? error : unreadable(region.path, error);
  }
  if (seen !== region.sizeBytes) throw unreadable(region.path);
}

export async function regionBytes(region: Region): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(regionChunks(region)));
}

function unreadable(path: string, cause?: unknown): PycontainerError {
  return new PycontainerError('base-invalid', `${path} cannot be read to its end`, {
    hint: 'Check that the file is there, is readable, and is not being written.',
    cause,
  });
}

function mismatch(what: string, expected: string, actual: string): PycontainerError {
  return new PycontainerError(
    'digest-mismatch',
    `${what} is not what it should be: expected ${expected}, got ${actual}`,
    {
      hint: 'The image is damaged; pull or copy it anew.',
    },
  );
}
