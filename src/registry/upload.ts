import { Readable } from 'node:stream';
import type { Descriptor } from '../oci/manifest.ts';
import { PycontainerError } from '../errors.ts';
import { retryAfterMs, type HttpResponse } from '../http.ts';
import { isBreak, maxTries, pauseMs } from './again.ts';
import type { RegistryApi } from './api.ts';
import type { Repository } from './rules.ts';
import { type BlobSource, SourceBytes } from './source-bytes.ts';

export interface Upload {
  readonly api: RegistryApi;
  readonly repository: Repository;
  readonly scopes: readonly string[];
  readonly descriptor: Descriptor;
  readonly source: BlobSource;
  /** Whether the blob stands there by now. */
  readonly isThere: () => Promise<boolean>;
  readonly signal?: AbortSignal | undefined;
}

/** An upload that the registry has opened. */
export interface Session {
  /** Where its next request goes. */
  readonly url: string;
  /** Bytes that the registry has of it. */
  readonly offset: number;
  /** The least that a request but the last may bring. */
  readonly leastBytes?: number;
}

/** Up to here a blob goes in one request, and its bytes are held in memory for that. */
const maxMonolithicBytes = 1024 * 1024;
const longestWaitMs = 60_000;

/**
 * Sends a blob into a session, or into one of its own; a broken upload is taken up where the registry has it, and
 * begun anew where it has forgotten it. All of it goes in one request, or in smaller ones where that is too large for
 * what stands before the registry. Nothing stands in the registry until all of it is there and its digest is right.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-blobs
 */
export async function uploadBlob(upload: Upload, opened: Session | undefined): Promise<void> {
  let session = opened;
  for (let failures = 1; ; failures += 1) {
    session ??= await openSession(upload);
    const refusal = await sendRest(upload, session);
    if (refusal === undefined) return;
    const { error, waitMs, reached = session } = refusal;
    const smaller = refusal.tooLargeBytes === undefined ? undefined : smallerChunk(refusal.tooLargeBytes, session);
    if (smaller !== undefined) learnChunk(upload, smaller);
    else if (failures === maxTries || waitMs === undefined || waitMs > longestWaitMs) throw error;
    else await upload.api.sleep(Math.max(waitMs, pauseMs(failures)), upload.signal);
    if (await upload.isThere()) return;
    const before = session.offset;
    session = await resumed(upload, reached);
    if (smaller !== undefined || (session !== undefined && session.offset > before)) failures = 0;
  }
}

const largestChunkBytes = 16 * 1024 * 1024;
const smallestChunkBytes = 256 * 1024;

/** What to try after so much was too large; undefined when it cannot be less. */
function smallerChunk(tooLargeBytes: number, { leastBytes = 0 }: Session): number | undefined {
  const next = Math.max(Math.min(Math.floor(tooLargeBytes / 4), largestChunkBytes), leastBytes);
  return next < smallestChunkBytes || next >= tooLargeBytes ? undefined : next;
}

/** The least of what uploads at the same time learn. */
function learnChunk({ api, repository }: Upload, sizeBytes: number): void {
  api.chunkBytes.set(repository.host, Math.min(sizeBytes, api.chunkBytes.get(repository.host) ?? Infinity));
}

interface Refusal {
  readonly error: PycontainerError;
  /** How long to wait at least before it is worth another try; absent: it is not. */
  readonly waitMs?: number;
  /** The size of the request, when that was the reason. */
  readonly tooLargeBytes?: number;
  /** The session after the requests that went well. */
  readonly reached?: Session;
}

function broken(error: unknown): Refusal {
  if (error instanceof PycontainerError) return isBreak(error) ? { error, waitMs: 0 } : { error };
  throw error;
}

async function openSession(upload: Upload): Promise<Session> {
  const { api, repository, scopes, signal } = upload;
  const headers = { 'content-length': '0' };
  const response = await api.send(repository, {
    at: '/blobs/uploads/',
    method: 'POST',
    headers,
    scopes,
    signal,
    retry: true,
  });
  return sessionOf(upload, response);
}

/** Takes a 202 for a session. */
export async function sessionOf(upload: Upload, response: HttpResponse): Promise<Session> {
  if (response.status !== 202) throw (await refused(upload, response)).error;
  await response.drain();
  const least = Number(response.headers['oci-chunk-min-length']);
  const url = await upload.api.locate(upload.repository, response);
  return { url, offset: 0, ...(least > 0 ? { leastBytes: least } : {}) };
}

async function sendRest(upload: Upload, session: Session): Promise<Refusal | undefined> {
  const { size } = upload.descriptor;
  const isSmall = size <= maxMonolithicBytes && session.offset === 0;
  const bytes = new SourceBytes(upload.source, session.offset);
  let reached = session;
  try {
    if (isSmall) return await finish(upload, session, await readWhole(upload));
    while (reached.offset < size) {
      const sent = await sendChunk(upload, reached, bytes);
      if ('error' in sent) return { ...sent, reached };
      reached = sent;
    }
    return await finish(upload, reached, new Uint8Array());
  } catch (error) {
    return { ...broken(error), reached };
  } finally {
    bytes.close();
  }
}

/** The rest, or as much of it as may go in one request. */
async function sendChunk(upload: Upload, session: Session, bytes: SourceBytes): Promise<Session | Refusal> {
  const { api, repository, scopes, descriptor, signal } = upload;
  const { url, offset } = session;
  const end = Math.min(descriptor.size, offset + (api.chunkBytes.get(repository.host) ?? Infinity));
  const headers = {
    'content-type': 'application/octet-stream',
    'content-length': String(end - offset),
    ...(offset === 0 && end === descriptor.size ? {} : { 'content-range': `${offset}-${end - 1}` }),
  };
  const body = Readable.from(bytes.read(end - offset), { objectMode: false });
  const request = { at: url, method: 'PATCH', headers, body, scopes, signal };
  const response = await api.send(repository, request).catch((error: unknown) => {
    throw bytes.failure ?? error;
  });
  const { status } = response;
  if (status === 413) return { ...(await refused(upload, response)), tooLargeBytes: end - offset };
  if (status !== 202) return refused(upload, response);
  await response.drain();
  return { ...session, url: await api.locate(repository, response), offset: end };
}

async function finish(upload: Upload, session: Session, rest: Uint8Array): Promise<Refusal | undefined> {
  const { api, repository, scopes, descriptor, signal } = upload;
  const url = new URL(session.url);
  url.searchParams.set('digest', descriptor.digest);
  const headers = { 'content-type': 'application/octet-stream', 'content-length': String(rest.length) };
  const request = {
    at: url.href,
    method: 'PUT',
    headers,
    body: rest,
    scopes,
    signal,
    headersTimeoutMs: api.commitTimeoutMs,
  };
  const response = await api.send(repository, request);
  if (response.status !== 201 && response.status !== 204) return refused(upload, response);
  await response.drain();
  return undefined;
}

/** Asks how much of a broken upload the registry has; undefined when it has forgotten it. */
async function resumed(
  { api, repository, scopes, descriptor, signal }: Upload,
  session: Session,
): Promise<Session | undefined> {
  const response = await api.send(repository, { at: session.url, scopes, signal });
  await response.drain();
  const last = /^(?:bytes=)?0-(\d+)$/.exec(response.headers['range'] ?? '')?.[1];
  if (response.status !== 204 || last === undefined || response.headers['location'] === undefined) return undefined;
  const offset = last === '0' ? 0 : Number(last) + 1;
  return offset > descriptor.size ? undefined : { ...session, url: await api.locate(repository, response), offset };
}

async function readWhole({ source, descriptor }: Upload): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of (await source()) as AsyncIterable<Buffer>) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  if (bytes.length === descriptor.size) return bytes;
  throw new PycontainerError(
    'digest-mismatch',
    `${descriptor.digest} has ${bytes.length} bytes, not ${descriptor.size}`,
  );
}

const passing = new Set([401, 404, 408, 416, 425, 429, 500, 502, 503, 504]);
const passingCodes = new Set(['BLOB_UPLOAD_INVALID', 'BLOB_UPLOAD_UNKNOWN']);

/** Many a refusal passes after a wait or with a new session; a 401 does when a token had run out on the way. */
async function refused({ api, repository }: Upload, response: HttpResponse): Promise<Refusal> {
  const purpose = { doing: `write to ${repository.repository}`, writes: true };
  const waitMs = retryAfterMs(response.headers['retry-after']) ?? 0;
  const { error, errors } = await api.failure(repository, purpose, response);
  const mayPass = passing.has(response.status) || errors.some(({ code }) => passingCodes.has(code));
  return mayPass ? { error, waitMs } : { error };
}
