import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { systemCode } from '../errors.ts';
import { type Digest, digestOf } from '../oci/digest.ts';
import type { Reference } from '../oci/reference.ts';
import { isOwnerGone, ownerName } from '../store/owner.ts';

export interface ServedImage {
  readonly manifest: { readonly mediaType: string; readonly bytes: Buffer };
  readonly blobs: ReadonlyMap<Digest, ServedBlob>;
  /** Told of bytes of blobs that went out. */
  readonly onBytes?: (bytes: number) => void;
}

export interface ServedBlob {
  readonly sizeBytes: number;
  readonly open: () => Promise<Readable>;
}

/** A registry that has one image, for an engine on this machine to fetch it from. */
export interface ImageServer extends AsyncDisposable {
  /** Nobody can guess it, so that no other user of this machine reads the image. */
  readonly name: Reference;
  /** What was sent to its end. */
  readonly sent: ReadonlySet<Digest>;
  /** When somebody first asked for something of the image. */
  readonly reached: Promise<void>;
  /** Rejects when bytes cannot be given: the one who asks only sees a broken connection, and may ask again and again. */
  readonly failed: Promise<never>;
}

/** The one who asked went away. */
const brokenOff: ReadonlySet<string> = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE']);

/** Serves on a free port of the loopback interface until disposed of. Read-only. */
export async function serveImage(image: ServedImage): Promise<ImageServer> {
  const { createServer } = await import('node:http');
  const repository = `pycontainer/${ownerName()}-${randomBytes(16).toString('hex')}`;
  const sent = new Set<Digest>();
  const reached = Promise.withResolvers<void>();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  const server = createServer((request, response) => {
    answer(request, response, { image, repository, sent, reached: reached.resolve }).catch((error: unknown) => {
      if (!brokenOff.has(systemCode(error) ?? '')) failed.reject(error);
      response.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    name: { host: `127.0.0.1:${port}`, repository, tag: 'latest' },
    sent,
    reached: reached.promise,
    failed: failed.promise,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Whether an engine's image still has a name that a killed process served it under. */
export function isAbandonedName(name: string): boolean {
  const owner = /^127\.0\.0\.1:[0-9]+\/pycontainer\/([0-9a-f]+-[0-9]+-[0-9a-f]{32}):latest$/.exec(name)?.[1];
  return owner !== undefined && isOwnerGone(owner) === true;
}

interface Served {
  readonly image: ServedImage;
  readonly repository: string;
  readonly sent: Set<Digest>;
  readonly reached: () => void;
}

/** @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pull */
async function answer(request: IncomingMessage, response: ServerResponse, served: Served): Promise<void> {
  const { image, repository, sent, reached } = served;
  const { method = '', url = '' } = request;
  if (method !== 'GET' && method !== 'HEAD') return end(response, 405);
  if (url === '/v2/' || url === '/v2') return end(response, 200);
  const [, kind, name = ''] = /^\/(manifests|blobs)\/([^/?]+)$/.exec(after(url, `/v2/${repository}`)) ?? [];
  if (kind === undefined) return end(response, 404);
  reached();
  if (kind === 'manifests') {
    const { mediaType, bytes } = image.manifest;
    const digest = digestOf(bytes);
    if (name !== 'latest' && name !== digest) return end(response, 404);
    response.writeHead(200, {
      'content-type': mediaType,
      'content-length': bytes.length,
      'docker-content-digest': digest,
    });
    response.end(method === 'HEAD' ? undefined : bytes);
    return;
  }
  const found = [...image.blobs].find(([digest]) => digest === name);
  if (found === undefined) return end(response, 404);
  const [digest, { sizeBytes, open }] = found;
  const headers = { 'content-type': 'application/octet-stream', 'content-length': sizeBytes };
  if (method === 'HEAD') return end(response, 200, { ...headers, 'docker-content-digest': digest });
  const bytes = await open();
  response.writeHead(200, headers);
  await pipeline(bytes, (chunks) => counted(chunks, image.onBytes), response);
  sent.add(digest);
}

async function* counted(chunks: AsyncIterable<Buffer>, onBytes?: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    onBytes?.(chunk.length);
    yield chunk;
  }
}

function end(response: ServerResponse, status: number, headers: Readonly<Record<string, string | number>> = {}): void {
  response.writeHead(status, { ...headers, 'docker-distribution-api-version': 'registry/2.0' }).end();
}

/** What follows `start`; nothing when it does not start so. */
function after(text: string, start: string): string {
  return text.startsWith(start) ? text.slice(start.length) : '';
}
