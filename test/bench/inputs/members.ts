import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { readZip } from '../../../src/python/install/zip.ts';

interface Member {
  readonly path: string;
  readonly bytes: Buffer;
}

/** Content of an archive's files, with nothing but Node: the floor under all that must look into wheels. */
export function* membersOf(archive: string): Generator<Member> {
  const fd = fs.openSync(archive, 'r');
  try {
    for (const { path: name, sizeBytes, content } of readZip(archive).files) {
      const stored = Buffer.allocUnsafe(content.compressedSizeBytes);
      fs.readSync(fd, stored, 0, stored.length, content.offset);
      const bytes = content.method === 0 ? stored : inflateRawSync(stored, { chunkSize: Math.max(64, sizeBytes) });
      yield { path: name, bytes };
    }
  } finally {
    fs.closeSync(fd);
  }
}

/** Inflates all files of the archives and hashes what comes out; gives its size. */
export function inflateAndHash(archives: readonly string[]): number {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for (const archive of archives) {
    for (const { bytes } of membersOf(archive)) {
      hash.update(bytes);
      sizeBytes += bytes.length;
    }
  }
  hash.digest();
  return sizeBytes;
}

export function unpack(archive: string, folder: string): void {
  for (const member of membersOf(archive)) {
    const file = path.join(folder, member.path);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, member.bytes);
  }
}
