import { Transform, type Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { PycontainerError } from '../errors.ts';
import { asHttpError } from './failure.ts';

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case; a header sent several times is joined with `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** Where the answer came from in the end. */
  readonly url: string;
  readonly body: Readable;
  /** The whole body. @throws PycontainerError 'network' above the limit (16 MiB by default) */
  bytes(limitBytes?: number): Promise<Buffer>;
  /** The whole body as UTF-8, likewise. */
  text(limitBytes?: number): Promise<string>;
  /** Gives the body up. */
  drain(): Promise<void>;
}

const defaultLimitBytes = 16 * 1024 * 1024;
/** A rest up to this is read so that its connection can serve again. */
export const maxDrainedBytes: number = 64 * 1024;
/** Of a body, in the time that it may stand still. */
const minWindowBytes = 4096;

/** Wraps what undici gives. @param windowMs how long the body may stand still, or come in drops; 0: for ever */
export function asResponse(
  answer: Dispatcher.ResponseData,
  url: URL,
  windowMs: number,
  signal: AbortSignal | undefined,
): HttpResponse {
  const body = notDripping(url, windowMs);
  answer.body.on('error', (error) => body.destroy(asHttpError(error, url, signal)));
  body.on('close', () => answer.body.destroy());
  answer.body.pipe(body);
  return {
    status: answer.statusCode,
    headers: joined(answer.headers),
    url: url.href,
    body,
    bytes: async (limitBytes) => readAll(body, url, limitBytes),
    text: async (limitBytes) => (await readAll(body, url, limitBytes)).toString('utf8'),
    drain: async () => drain(body),
  };
}

/** Passes bytes on, and fails when a host keeps a body open with a few bytes now and then. */
function notDripping(url: URL, windowMs: number): Transform {
  let sinceMs = performance.now();
  let windowBytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      windowBytes += chunk.length;
      const overMs = windowMs === 0 ? 0 : performance.now() - sinceMs - windowMs;
      const waitsForReader = this.readableLength > 0;
      if (overMs > 0 && windowBytes < minWindowBytes && !waitsForReader) {
        done(new PycontainerError('network', `${url.host} sends too slowly`));
        return;
      }
      if (overMs > 0) {
        sinceMs = performance.now();
        windowBytes = 0;
      }
      done(null, chunk);
    },
  });
}

function joined(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) result[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return result;
}

async function readAll(body: Readable, url: URL, limitBytes = defaultLimitBytes): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes) {
      throw new PycontainerError('network', `${url.host} answered with more than ${limitBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Reads a short rest so that the connection can serve again, and cuts a long one off. */
async function drain(body: Readable): Promise<void> {
  let restBytes = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      restBytes += chunk.length;
      if (restBytes > maxDrainedBytes) break;
    }
  } catch {
    // The body is given up either way.
  }
}
