import { setTimeout as delay } from 'node:timers/promises';
import { PycontainerError, systemCode } from '../../errors.ts';
import type { Emit } from '../../events.ts';
import type { HttpResponse } from '../../http.ts';
import { parseDigest } from '../../oci/digest.ts';
import { freeBytes } from '../../store/free.ts';
import { chunkPassed } from '../../store/garbage.ts';
import type { Store } from '../../store/store.ts';
import type { BlobWriter, StoredBlob } from '../../store/writer.ts';
import { get, refused, unreachable, type Access } from './access.ts';
import { algorithmsOf, firstUnmet, HashCheck, sha256Of, type Measured } from './hashes.ts';

export interface Download {
  readonly filename: string;
  /** http or https. */
  readonly url: string;
  /** `algorithm:hex`, all of which must hold. */
  readonly hashes: readonly string[];
  /** Further algorithms whose hashes the caller wants to know. */
  readonly wanted?: ReadonlySet<string>;
  readonly sizeBytes?: number | undefined;
}

export interface DownloadTools {
  readonly store: Store;
  readonly access: Access;
  readonly emit: Emit;
}

/** How often in a row an answer may break without a byte having come, and how often it may break at all. */
const maxIdleBreaks = 3;
const maxBreaks = 100;
const idleDelayMs = 300;
const progressEveryMs = 100;

/**
 * Brings a file into the store, hashing it as it flows. After a break the rest alone is asked for, on the condition
 * that the file has not changed where the host gives something to tell by; a host that has no ranges sends it all again.
 * What came before the process ended is lost.
 * @throws PycontainerError 'wheel-hash-mismatch', 'index-unreachable', 'disk-full', 'offline', 'interrupted'
 */
export async function download(file: Download, tools: DownloadTools): Promise<Measured> {
  const transfer = new Transfer(file, tools);
  try {
    return await transfer.run();
  } finally {
    await transfer.close();
  }
}

class Transfer {
  readonly #file: Download;
  readonly #tools: DownloadTools;
  #writer: BlobWriter | undefined;
  #check: HashCheck;
  #doneBytes = 0;
  #totalBytes: number | undefined;
  /** The ETag or date by which the host tells whether the file is still the same. */
  #validator: string | undefined;
  #resumed = false;
  #reportedMs = 0;

  constructor(file: Download, tools: DownloadTools) {
    this.#file = file;
    this.#tools = tools;
    this.#totalBytes = file.sizeBytes;
    this.#check = otherHashes(file);
  }

  async run(): Promise<Measured> {
    try {
      await this.#receive();
      return await this.#finish();
    } catch (error) {
      if (!this.#resumed || !(error instanceof PycontainerError) || error.code !== 'wheel-hash-mismatch') throw error;
      await this.close();
      await this.#receive();
      return this.#finish();
    }
  }

  async close(): Promise<void> {
    await this.#writer?.abort();
    this.#writer = undefined;
    this.#doneBytes = 0;
    this.#resumed = false;
    this.#check = otherHashes(this.#file);
  }

  /** Takes the whole body, however often it breaks. */
  async #receive(): Promise<void> {
    let problem: unknown;
    for (let breaks = 0, idle = 0; breaks < maxBreaks && idle < maxIdleBreaks; breaks += 1) {
      if (idle > 0) await this.#pause();
      const before = this.#doneBytes;
      try {
        await this.#receiveOnce();
        return;
      } catch (error) {
        if (!isBreak(error)) throw error;
        problem = error;
      }
      idle = this.#doneBytes > before ? 0 : idle + 1;
    }
    throw unreachable(this.#file.url, problem);
  }

  async #receiveOnce(): Promise<void> {
    const { url } = this.#file;
    const response = await get(url, this.#tools.access, { 'accept-encoding': 'identity', ...this.#range() });
    if (response.status === 416 || (response.status === 206 && rangeStart(response) !== this.#doneBytes)) {
      await response.drain();
      await this.close();
      throw new PycontainerError('network', `${new URL(url).host} does not go on where it was asked to`);
    }
    if (response.status === 206) this.#resumed = true;
    else if (response.status === 200) await this.close();
    else throw await refused(response, url);
    this.#begin(response);
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      this.#writer ??= await this.#openWriter();
      this.#take(chunk, this.#writer);
    }
  }

  #range(): Record<string, string> {
    if (this.#doneBytes === 0) return {};
    return {
      range: `bytes=${this.#doneBytes}-`,
      ...(this.#validator === undefined ? {} : { 'if-range': this.#validator }),
    };
  }

  #begin({ headers }: HttpResponse): void {
    const etag = headers['etag'];
    this.#validator = etag?.startsWith('"') === true ? etag : headers['last-modified'];
    const comingBytes = Number(headers['content-length'] ?? Number.NaN);
    this.#totalBytes = this.#file.sizeBytes ?? (comingBytes >= 0 ? this.#doneBytes + comingBytes : undefined);
  }

  async #openWriter(): Promise<BlobWriter> {
    await checkSpace(this.#tools.store.directory, this.#totalBytes ?? 0);
    return this.#tools.store.createBlob();
  }

  #take(chunk: Buffer, writer: BlobWriter): void {
    this.#doneBytes += chunk.length;
    const { sizeBytes } = this.#file;
    if (sizeBytes !== undefined && this.#doneBytes > sizeBytes) {
      throw this.#mismatch(`Expected ${sizeBytes} bytes, but there are more`);
    }
    this.#check.update(chunk);
    writer.write(chunk);
    chunkPassed(chunk);
    const nowMs = performance.now();
    if (nowMs - this.#reportedMs < progressEveryMs) return;
    this.#reportedMs = nowMs;
    this.#report({});
  }

  async #finish(): Promise<Measured> {
    const { hashes } = this.#file;
    const others = this.#check.results();
    const unmet = firstUnmet(others, hashes);
    if (unmet !== undefined) {
      throw this.#mismatch(`Expected ${unmet}, but got ${others.find((hash) => sameAlgorithm(hash, unmet))}`);
    }
    const blob = await this.#commit(sha256Of(hashes));
    this.#writer = undefined;
    this.#report({ finished: true });
    return { hashes: [blob.digest, ...others], sizeBytes: blob.sizeBytes };
  }

  async #commit(sha256: string | undefined): Promise<StoredBlob> {
    const { store } = this.#tools;
    const writer = this.#writer ?? (await store.createBlob());
    try {
      return await writer.commit({
        digest: sha256 === undefined ? undefined : parseDigest(`sha256:${sha256}`),
        sizeBytes: this.#file.sizeBytes,
      });
    } catch (error) {
      const isMismatch = error instanceof PycontainerError && error.code === 'digest-mismatch';
      throw isMismatch ? this.#mismatch(error.message, error) : error;
    }
  }

  #report(last: { readonly finished?: true }): void {
    const total = this.#totalBytes === undefined ? {} : { totalBytes: this.#totalBytes };
    this.#tools.emit({ type: 'download', what: this.#file.filename, doneBytes: this.#doneBytes, ...total, ...last });
  }

  #mismatch(what: string, cause?: unknown): PycontainerError {
    return hashMismatch(this.#file.filename, this.#file.url, what, cause);
  }

  async #pause(): Promise<void> {
    const { signal } = this.#tools.access;
    await delay(idleDelayMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}

/** Of what must be hashed besides what the store's writer hashes itself. */
function otherHashes({ hashes, wanted = new Set() }: Download): HashCheck {
  return new HashCheck(
    algorithmsOf(hashes)
      .union(wanted)
      .difference(new Set(['sha256'])),
  );
}

/** The error for a file that is not the one that was locked; `what` says what was expected and what came. */
export function hashMismatch(filename: string, url: string, what: string, cause?: unknown): PycontainerError {
  return new PycontainerError(
    'wheel-hash-mismatch',
    `${filename} from ${url} is not the file that was locked. ${what}`,
    {
      hint: 'Either the transfer was tampered with or the file was replaced after locking. If it was replaced on purpose, lock again.',
      cause,
    },
  );
}

function isBreak(error: unknown): boolean {
  if (error instanceof PycontainerError) return error.code === 'network';
  return systemCode(error) === 'ERR_STREAM_PREMATURE_CLOSE';
}

function rangeStart({ headers }: HttpResponse): number | undefined {
  const start = /^bytes ([0-9]{1,15})-/.exec(headers['content-range'] ?? '')?.[1];
  return start === undefined ? undefined : Number(start);
}

function sameAlgorithm(a: string, b: string): boolean {
  return a.split(':')[0] === b.split(':')[0];
}

async function checkSpace(folder: string, neededBytes: number): Promise<void> {
  const free = await freeBytes(folder);
  if (neededBytes < free) return;
  throw new PycontainerError('disk-full', `${neededBytes} bytes are needed in ${folder}, but only ${free} are free`, {
    hint: 'Free some space, run `pycontainer cache prune`, or set PYCONTAINER_STORE to a folder on another disk.',
  });
}
