import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { PycontainerError, systemCode } from '../errors.ts';
import { type Digest, hexOf } from '../oci/digest.ts';
import { storeFailure } from './failure.ts';
import { chunkPassed } from './garbage.ts';
import { blobPath } from './writer.ts';

const chunkBytes = 1 << 18;

/**
 * The blob's bytes in fresh chunks. The last chunk is given out only when all of them have proved to be the blob;
 * a damaged blob is dropped and 'store-blob-damaged' thrown.
 */
export function verifiedChunks(directory: string, digest: Digest): AsyncGenerator<Buffer> {
  return chunksOf(directory, digest, () => {
    const chunk = Buffer.allocUnsafeSlow(chunkBytes);
    chunkPassed(chunk);
    return chunk;
  });
}

/** The same for those who only want to know: each chunk stands where the last but one stood. */
export function passingChunks(directory: string, digest: Digest): AsyncGenerator<Buffer> {
  let current = Buffer.allocUnsafeSlow(chunkBytes);
  let other = Buffer.allocUnsafeSlow(chunkBytes);
  return chunksOf(directory, digest, () => {
    [current, other] = [other, current];
    return current;
  });
}

async function* chunksOf(directory: string, digest: Digest, next: () => Buffer): AsyncGenerator<Buffer> {
  const file = blobPath(directory, digest);
  const fd = openBlob(directory, file, digest);
  try {
    const hash = createHash('sha256');
    let held: Buffer | undefined;
    for (;;) {
      const chunk = next();
      const read = readBlock(directory, fd, chunk);
      if (read === 0) break;
      if (held !== undefined) yield held;
      held = chunk.subarray(0, read);
      hash.update(held);
    }
    if (hash.digest('hex') !== hexOf(digest)) throw dropDamaged(file, fd, digest);
    if (held !== undefined) yield held;
  } finally {
    fs.closeSync(fd);
  }
}

function openBlob(directory: string, file: string, digest: Digest): number {
  try {
    return fs.openSync(file, 'r');
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw storeFailure(error, directory);
    throw new PycontainerError('store-blob-missing', `${digest} is not in the store`, {
      hint: 'Build again: what is missing is made or fetched anew.',
      cause: error,
    });
  }
}

function readBlock(directory: string, fd: number, chunk: Buffer): number {
  try {
    return fs.readSync(fd, chunk);
  } catch (error) {
    throw storeFailure(error, directory);
  }
}

/** Removes the file that was read, unless another process has put a new one in its place meanwhile. */
function dropDamaged(file: string, fd: number, digest: Digest): PycontainerError {
  const now = fs.statSync(file, { throwIfNoEntry: false });
  if (now !== undefined && now.ino === fs.fstatSync(fd).ino) fs.rmSync(file, { force: true });
  return new PycontainerError('store-blob-damaged', `${digest} was damaged in the store and has been removed`, {
    hint: 'Build again: it is made or fetched anew. If this comes back, check the disk.',
  });
}
