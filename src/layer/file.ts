import fs from 'node:fs';
import { PycontainerError, systemCode } from '../errors.ts';

/** Fills `target` with the file's bytes. The file must have exactly that size and stay as it is meanwhile. */
export function readFileInto(path: string, target: Uint8Array): void {
  withFile(path, (fd, before) => {
    if (before.size !== BigInt(target.length)) throw changed(path, `${target.length} bytes became ${before.size}`);
    readFully(fd, path, target, 0);
    checkSame(fd, path, before);
  });
}

/** The file's bytes in chunks of `chunkBytes`, the last one shorter; conditions as in {@link readFileInto}. */
export function* readFileChunks(path: string, sizeBytes: number, chunkBytes: number): Generator<Buffer> {
  const fd = open(path);
  try {
    const before = fs.fstatSync(fd, { bigint: true });
    if (before.size !== BigInt(sizeBytes)) throw changed(path, `${sizeBytes} bytes became ${before.size}`);
    for (let at = 0; at < sizeBytes; at += chunkBytes) {
      const chunk = Buffer.allocUnsafeSlow(Math.min(chunkBytes, sizeBytes - at));
      readFully(fd, path, chunk, at);
      if (at + chunk.length === sizeBytes) checkSame(fd, path, before);
      yield chunk;
    }
  } finally {
    fs.closeSync(fd);
  }
}

export function changed(path: string, why: string, cause?: unknown): PycontainerError {
  return new PycontainerError('file-changed-while-read', `${path} changed while it was read: ${why}`, {
    hint: 'Build again when nothing writes to it.',
    cause,
  });
}

/** Fills `target` from the file at `position`; an earlier end of the file counts as a change. */
export function readFully(fd: number, path: string, target: Uint8Array, position: number): void {
  for (let at = 0; at < target.length;) {
    const read = readSome(fd, path, target, at, position + at);
    if (read === 0) throw changed(path, 'it became shorter');
    at += read;
  }
}

export function open(path: string): number {
  try {
    return fs.openSync(path, 'r');
  } catch (error) {
    throw unreadable(path, error);
  }
}

function withFile(path: string, act: (fd: number, before: fs.BigIntStats) => void): void {
  const fd = open(path);
  try {
    act(fd, fs.fstatSync(fd, { bigint: true }));
  } finally {
    fs.closeSync(fd);
  }
}

function readSome(fd: number, path: string, target: Uint8Array, at: number, position: number): number {
  try {
    return fs.readSync(fd, target, at, Math.min(target.length - at, 1 << 30), position);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function checkSame(fd: number, path: string, before: fs.BigIntStats): void {
  const after = fs.fstatSync(fd, { bigint: true });
  if (after.size !== before.size || after.mtimeNs !== before.mtimeNs) throw changed(path, 'something wrote to it');
}

function unreadable(path: string, error: unknown): PycontainerError {
  const code = systemCode(error) ?? '';
  // It was a file that could be read when it was selected.
  if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(code)) return changed(path, `it is no longer there (${code})`, error);
  const hints: Readonly<Record<string, string>> = {
    EACCES: 'Give yourself the right to read it, or leave it out with .dockerignore or `exclude`.',
    EPERM: 'Give yourself the right to read it, or leave it out with .dockerignore or `exclude`.',
  };
  return new PycontainerError('file-unreadable', `${path} cannot be read (${code})`, {
    hint: hints[code] ?? 'Check the disk that it is on.',
    cause: error,
  });
}
