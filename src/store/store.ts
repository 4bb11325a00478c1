import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { PycontainerError, systemCode } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import { storeFailure } from './failure.ts';
import { passingChunks, verifiedChunks } from './reader.ts';
import { decodeResult, encodeResult, type StoredResult } from './result.ts';
import { removeAbandoned } from './temporary.ts';
import { noteUse, useGrainMs } from './use.ts';
import { blobPath, type BlobWriter, type ExpectedBlob, FileBlobWriter, type StoredBlob, writeWhole } from './writer.ts';

/** What was used or written more recently than this is never pruned; more than the grain to which uses are noted. */
export const graceMs: number = 3 * useGrainMs;

/** Reading is synchronous; so often others get a turn, signals among them. */
const turnBytes = 16 << 20;

/** Written results beyond this are forgotten. */
const heldAtMost = 500;

interface Held {
  readonly result: StoredResult;
  readonly isWritten: boolean;
}

/**
 * The content-addressed folder: `blobs/sha256/<hex>`, `results/<kind>/<sha256 of key>.json`, `tmp/`. Everything
 * appears under its name whole or not at all, so any number of processes may share it and be killed at any moment.
 */
export class Store {
  readonly directory: string;
  /** Blobs that this process wrote or looked through, with what their files were like then. */
  readonly #verified = new Map<Digest, string>();

  #held: Map<string, Held> | undefined;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** Makes the folder if needed and removes what killed processes left. Throws 'store-unusable' or 'disk-full'. */
  static async open(directory: string): Promise<Store> {
    const absolute = path.resolve(directory);
    try {
      for (const folder of ['blobs/sha256', 'results', 'tmp']) {
        fs.mkdirSync(path.join(absolute, folder), { recursive: true });
        fs.accessSync(path.join(absolute, folder), fs.constants.W_OK | fs.constants.X_OK);
      }
      removeAbandoned(absolute);
    } catch (error) {
      throw storeFailure(error, absolute);
    }
    return new Store(absolute);
  }

  /** Where the blob stands, or would stand. */
  blobPath(digest: Digest): string {
    return blobPath(this.directory, digest);
  }

  /** Looks at the file's size alone; bytes are verified when they are read. */
  async hasBlob(digest: Digest, sizeBytes?: number): Promise<boolean> {
    const stats = fs.statSync(this.blobPath(digest), { throwIfNoEntry: false });
    return stats !== undefined && stats.isFile() && (sizeBytes === undefined || stats.size === sizeBytes);
  }

  /** For small blobs. Throws 'store-blob-missing'; drops a damaged blob and throws 'store-blob-damaged'. */
  async readBlob(digest: Digest): Promise<Buffer> {
    return Buffer.concat(await Array.fromAsync(verifiedChunks(this.directory, digest)));
  }

  /** As {@link readBlob}, in chunks, the last of which comes only after all have been verified. */
  streamBlob(digest: Digest): Readable {
    return Readable.from(verifiedChunks(this.directory, digest), { objectMode: false, highWaterMark: 1 << 18 });
  }

  /**
   * Makes sure that the file at {@link blobPath} is the blob, for those who link it: reads it through, unless this
   * process wrote it or did so before and nothing has touched the file since. Throws as {@link readBlob}, and the
   * signal's reason when it fires.
   */
  async verifyBlob(digest: Digest, signal?: AbortSignal): Promise<void> {
    const before = this.#identity(digest);
    if (before !== undefined && this.#verified.get(digest) === before) return;
    let readBytes = 0;
    for await (const chunk of passingChunks(this.directory, digest)) {
      readBytes += chunk.length;
      if (readBytes % turnBytes > chunk.length) continue;
      await nextTurn();
      signal?.throwIfAborted();
    }
    if (before !== undefined) this.#verified.set(digest, before);
  }

  /** For a blob that no result is to point to any more. Idempotent; those who have it open may read on. */
  async dropBlob(digest: Digest): Promise<void> {
    try {
      fs.rmSync(this.blobPath(digest), { force: true });
    } catch (error) {
      throw storeFailure(error, this.directory);
    }
    this.#verified.delete(digest);
    for (const [file, { result }] of this.#held ?? []) if (result.blobs.includes(digest)) this.#held?.delete(file);
  }

  async createBlob(): Promise<BlobWriter> {
    return this.#writer();
  }

  /** Idempotent. */
  async putBlob(bytes: Uint8Array): Promise<StoredBlob> {
    const writer = this.#writer();
    writer.write(bytes);
    return writer.commit();
  }

  /** Idempotent. A source that fails, or that is not what was expected, leaves nothing behind. */
  async putStream(source: AsyncIterable<Uint8Array>, expected?: ExpectedBlob): Promise<StoredBlob> {
    const writer = this.#writer();
    try {
      for await (const chunk of source) writer.write(chunk);
    } catch (error) {
      await writer.abort();
      throw error;
    }
    return writer.commit(expected);
  }

  /**
   * What {@link putResult} was given for this kind and key. undefined when there is none, when its file is torn or
   * foreign, and when one of its blobs is gone. Reading notes the use, at most once an hour.
   */
  async getResult<T>(kind: string, key: string): Promise<T | undefined> {
    const file = this.#resultPath(kind, key);
    const held = this.#held?.get(file)?.result;
    const result = held ?? decodeResult(this.#readText(file));
    if (result === undefined || result.kind !== kind || result.key !== key) return undefined;
    for (const blob of result.blobs) {
      if (!(await this.hasBlob(blob))) return undefined;
    }
    if (held === undefined) {
      noteUse(file);
      this.#held?.set(file, { result, isWritten: true });
    }
    return result.value as T;
  }

  /**
   * From now on results are held in memory, as they were given: for who makes new ones of the same key again and again.
   * Other processes see them once {@link writeResults} has been called.
   */
  holdResults(): void {
    this.#held ??= new Map();
  }

  /** Writes what is held and was not written yet. */
  writeResults(): void {
    for (const [file, { result, isWritten }] of this.#held ?? []) {
      if (isWritten) continue;
      writeWhole(this.directory, file, encodeResult(result));
      this.#held?.set(file, { result, isWritten: true });
    }
    if ((this.#held?.size ?? 0) > heldAtMost) this.#held?.clear();
  }

  /** `value` must survive JSON. `blobs` are those it speaks of: they must be there, else 'store-blob-missing'. */
  async putResult(kind: string, key: string, value: unknown, blobs: readonly Digest[] = []): Promise<void> {
    for (const blob of blobs) {
      if (await this.hasBlob(blob)) continue;
      throw new PycontainerError('store-blob-missing', `${blob} is not in the store, so no result can point to it`);
    }
    const [file, result] = [this.#resultPath(kind, key), { kind, key, blobs, value }];
    if (this.#held === undefined) writeWhole(this.directory, file, encodeResult(result));
    else this.#held.set(file, { result, isWritten: false });
  }

  #writer(): BlobWriter {
    return new FileBlobWriter(this.directory, (digest) => {
      const identity = this.#identity(digest);
      if (identity !== undefined) this.#verified.set(digest, identity);
    });
  }

  #identity(digest: Digest): string | undefined {
    const stats = fs.statSync(this.blobPath(digest), { bigint: true, throwIfNoEntry: false });
    return stats && `${stats.dev} ${stats.ino} ${stats.size} ${stats.mtimeNs}`;
  }

  #resultPath(kind: string, key: string): string {
    return path.join(this.directory, 'results', kind, `${createHash('sha256').update(key).digest('hex')}.json`);
  }

  #readText(file: string): string {
    try {
      return fs.readFileSync(file, 'utf8');
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return '';
      throw storeFailure(error, this.directory);
    }
  }
}
