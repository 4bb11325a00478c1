import path from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import { PycontainerError, systemCode } from '../errors.ts';
import { zstdFrames } from './zstd-frames.ts';

/** What a tar says of one of its entries. */
export interface TarHeader {
  /** From the image's root, without a leading or trailing slash and without `.` and `..`; empty for the root itself. */
  readonly path: string;
  /** `other`: devices, pipes, and what we do not know. */
  readonly type: 'file' | 'directory' | 'symlink' | 'hardlink' | 'other';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  readonly mtimeSeconds: number;
  /** A symlink's target as stored; a hard link's as a path in the form of `path`. */
  readonly target?: string;
}

export interface TarEntry {
  readonly header: TarHeader;
  readonly body: Readable;
}

const types: Readonly<Record<string, TarHeader['type']>> = {
  file: 'file',
  'contiguous-file': 'file',
  directory: 'directory',
  symlink: 'symlink',
  link: 'hardlink',
};

/**
 * The stream's bytes, decompressed: every member of a gzip file, every frame of a zstd file. Damaged and cut-off input
 * is 'archive-invalid'; an error of `stream` itself passes through. Destroying the result destroys `stream`.
 */
export function decompressed(stream: Readable, compression: 'gzip' | 'zstd' | 'none'): Readable {
  if (compression === 'none') return stream;
  const bytes = compression === 'gzip' ? gunzipped(stream) : zstdFrames(stream);
  return Readable.from(releasing(stream, blaming(stream, `The ${compression} stream`, bytes)), { objectMode: false });
}

/**
 * The entries of an uncompressed tar in their order (ustar, GNU and PAX headers understood). What is not read of a
 * body when the next entry is asked for is passed over. Errors as in {@link decompressed}; leaving the loop destroys
 * `tar`.
 */
export function tarEntries(tar: Readable): AsyncGenerator<TarEntry> {
  return releasing(tar, blaming(tar, 'The tar archive', entriesOf(tar)));
}

async function* entriesOf(tar: Readable): AsyncGenerator<TarEntry> {
  const reader = extract();
  feed(tar, reader as unknown as Writable);
  for await (const entry of reader) {
    const next = inTurn(entry[Symbol.asyncIterator]());
    const body = blaming(tar, 'The tar archive', rest(next));
    yield { header: headerOf(entry.header), body: Readable.from(body, { objectMode: false }) };
    for await (const _ of rest(next));
  }
}

/** What `next` still gives. Leaving it early closes nothing: to close an entry would be to close the archive. */
async function* rest<T>(next: () => Promise<IteratorResult<T>>): AsyncGenerator<T> {
  for (let item = await next(); item.done !== true; item = await next()) yield item.value;
}

/** Asks an iterator that takes one question at a time, for askers who do not wait for each other. */
function inTurn<T>(items: AsyncIterator<T>): () => Promise<IteratorResult<T>> {
  let last: Promise<unknown> = Promise.resolve();
  return () => {
    const next = last.then(() => items.next());
    last = next;
    return next;
  };
}

function gunzipped(stream: Readable): AsyncIterable<Buffer> {
  const gunzip = createGunzip({ chunkSize: 1 << 18 });
  feed(stream, gunzip);
  return gunzip;
}

/** As `pipeline` does, but errors go one way: `source.errored` stays the source's own. Readers of `sink` get them. */
function feed(source: Readable, sink: Writable): void {
  sink.on('error', () => {});
  source.once('error', (error) => sink.destroy(error));
  source.once('close', () => {
    if (!source.readableEnded) sink.destroy(new Error('it ends too early'));
  });
  source.pipe(sink);
}

async function* releasing<T>(source: Readable, items: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* items;
  } finally {
    source.destroy();
  }
}

/** Turns errors of reading into 'archive-invalid', unless they came from the source. */
async function* blaming<T>(source: Readable, what: string, items: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* items;
  } catch (error) {
    if (source.errored !== null) throw source.errored;
    if (error instanceof PycontainerError) throw error;
    const cutOff = systemCode(error) === 'STREAM_DESTROYED';
    const why = cutOff || !(error instanceof Error) ? 'it ends too early' : error.message;
    throw new PycontainerError('archive-invalid', `${what} is damaged: ${why}`, {
      hint: 'Fetch or make the archive again.',
      cause: error,
    });
  }
}

function headerOf(headers: Header): TarHeader {
  const pax = (headers.pax ?? {}) as Readonly<Record<string, unknown>>;
  const type = types[headers.type ?? ''] ?? 'other';
  const target = headers.linkname ?? undefined;
  return {
    path: rooted(headers.name),
    type,
    mode: headers.mode ?? 0,
    uid: numberIn(pax['uid']) ?? headers.uid ?? 0,
    gid: numberIn(pax['gid']) ?? headers.gid ?? 0,
    sizeBytes: headers.size ?? 0,
    mtimeSeconds: numberIn(pax['mtime']) ?? (headers.mtime?.getTime() ?? 0) / 1000,
    ...(target === undefined ? {} : { target: type === 'hardlink' ? rooted(target) : target }),
  };
}

function numberIn(text: unknown): number | undefined {
  const value = Number(text);
  return typeof text !== 'string' || text === '' || !Number.isFinite(value) ? undefined : value;
}

/** As runtimes unpack: `..` does not lead above the root. */
function rooted(name: string): string {
  return path.posix.normalize(`/${name}`).slice(1).replace(/\/$/, '');
}
