import { createHash, hash } from 'node:crypto';
import { PycontainerError } from '../errors.ts';
import type { Content, FileEntry } from './entry.ts';
import { changed, readFileChunks, readFileInto } from './file.ts';
import { type Archives, readMemberChunks, readMemberInto } from './member.ts';

/** Large files are read, and encoded, in slices of this size. */
export const sliceBytes: number = 512 << 10;

/**
 * Fills `target`, which has the entry's size, with its content. A file that something writes to is read once more
 * before 'file-changed-while-read' is thrown.
 */
export function readContentInto(entry: FileEntry, archives: Archives, target: Uint8Array): void {
  const { content } = entry;
  switch (content.kind) {
    case 'bytes':
      checkLength(entry, content.bytes);
      target.set(content.bytes);
      return;
    case 'path':
      twice(() => {
        readFileInto(content.path, target);
        if (content.sha256 !== undefined) checkHash(content, hash('sha256', target));
      });
      return;
    case 'zip-member':
      readMemberInto(archives, content, entry.path, target);
  }
}

/**
 * The content in slices of {@link sliceBytes}, the last one shorter. What is found wrong is thrown before the last.
 * `onHash` is told the content's sha256 in hex; `memory` gives what slices stand in, else each stands in its own.
 */
export async function* contentSlices(
  entry: FileEntry,
  archives: Archives,
  onHash?: (sha256: string) => void,
  memory?: (sizeBytes: number) => Buffer,
): AsyncGenerator<Buffer> {
  const sum = expectsHash(entry.content) || onHash !== undefined ? createHash('sha256') : undefined;
  let last: Buffer | undefined;
  for await (const slice of resliced(contentChunks(entry, archives), entry.sizeBytes, memory)) {
    if (last !== undefined) yield last;
    last = slice;
    sum?.update(slice);
  }
  if (sum !== undefined) {
    const sha256 = sum.digest('hex');
    checkHash(entry.content, sha256);
    onHash?.(sha256);
  }
  if (last !== undefined) yield last;
}

function contentChunks(entry: FileEntry, archives: Archives): Iterable<Buffer> | AsyncIterable<Buffer> {
  const { content, sizeBytes } = entry;
  switch (content.kind) {
    case 'bytes':
      checkLength(entry, content.bytes);
      return [Buffer.from(content.bytes.buffer, content.bytes.byteOffset, content.bytes.length)];
    case 'path':
      return readFileChunks(content.path, sizeBytes, sliceBytes);
    case 'zip-member':
      return readMemberChunks(archives, content, entry.path, sizeBytes);
  }
}

async function* resliced(
  chunks: Iterable<Buffer> | AsyncIterable<Buffer>,
  sizeBytes: number,
  memory?: (sizeBytes: number) => Buffer,
): AsyncGenerator<Buffer> {
  let slice: Buffer | undefined;
  let filled = 0;
  let left = sizeBytes;
  for await (const chunk of chunks) {
    if (memory === undefined && slice === undefined && chunk.length === Math.min(sliceBytes, left)) {
      left -= chunk.length;
      yield chunk;
      continue;
    }
    for (let at = 0; at < chunk.length;) {
      const wanted = Math.min(sliceBytes, left);
      slice ??= memory?.(wanted) ?? Buffer.allocUnsafeSlow(wanted);
      const copied = chunk.copy(slice, filled, at);
      at += copied;
      filled += copied;
      left -= copied;
      if (filled < slice.length) continue;
      yield slice;
      slice = undefined;
      filled = 0;
    }
  }
}

function twice(read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof PycontainerError) || error.code !== 'file-changed-while-read') throw error;
    read();
  }
}

function expectsHash(content: Content): boolean {
  return content.kind === 'path' && content.sha256 !== undefined;
}

function checkHash(content: Content, sha256: string): void {
  if (content.kind !== 'path' || content.sha256 === undefined || content.sha256 === sha256) return;
  throw changed(content.path, 'its bytes are not those that were planned');
}

function checkLength(entry: FileEntry, bytes: Uint8Array): void {
  if (bytes.length === entry.sizeBytes) return;
  const why = `'${entry.path}' has ${bytes.length} bytes of content, but ${entry.sizeBytes} were announced`;
  throw new PycontainerError('layer-entry-invalid', why);
}
