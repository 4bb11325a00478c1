import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { PycontainerError } from '../../errors.ts';
import { wheelError } from './problem.ts';

/** Headers of small files stand so near to each other that one read has several. */
const windowBytes = 4096;

/**
 * An archive on disk, read in small pieces by position. Reads are synchronous: an archive has one header of some
 * hundred bytes for each of its files, and a thread's round trip would cost fifty times what the read does.
 */
export class ArchiveFile implements Disposable {
  readonly path: string;
  /** What messages call it. */
  readonly label: string;
  readonly sizeBytes: number;
  readonly #descriptor: number;
  /** What was read last, of which the next part asked for is often a part too. */
  #window: Buffer = Buffer.alloc(0);
  #windowStart = 0;

  constructor(path: string, label: string) {
    this.path = path;
    this.label = label;
    try {
      this.#descriptor = openSync(path, 'r');
    } catch (cause) {
      throw unreadable(label, cause);
    }
    this.sizeBytes = fstatSync(this.#descriptor).size;
  }

  /** Exactly `length` bytes; a file that ends before them is refused. */
  read(offset: number, length: number): Buffer {
    if (offset < 0 || length < 0 || offset + length > this.sizeBytes) {
      throw wheelError(
        'zip-damaged',
        this.label,
        `bytes ${offset}–${offset + length} of ${this.sizeBytes} are asked for`,
      );
    }
    if (offset < this.#windowStart || offset + length > this.#windowStart + this.#window.length) {
      this.#windowStart = offset;
      this.#window = this.#readFully(offset, Math.min(Math.max(length, windowBytes), this.sizeBytes - offset));
    }
    return this.#window.subarray(offset - this.#windowStart, offset - this.#windowStart + length);
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #readFully(offset: number, length: number): Buffer {
    const buffer = Buffer.allocUnsafe(length);
    for (let done = 0; done < length;) {
      const count = this.#readSome(buffer, done, offset + done);
      if (count === 0) throw wheelError('zip-damaged', this.label, 'the file was cut while it was read');
      done += count;
    }
    return buffer;
  }

  #readSome(buffer: Buffer, start: number, position: number): number {
    try {
      return readSync(this.#descriptor, buffer, start, buffer.length - start, position);
    } catch (cause) {
      throw unreadable(this.label, cause);
    }
  }
}

function unreadable(label: string, cause: unknown): PycontainerError {
  return new PycontainerError('file-unreadable', `${label} cannot be read`, { cause });
}
