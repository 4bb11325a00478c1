import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Descriptor } from '../oci/manifest.ts';
import { PycontainerError } from '../errors.ts';
import { chunkPassed } from '../store/garbage.ts';
import { isBreak, maxTries, pauseMs } from './again.ts';

/** One answer with a blob's bytes, from `offset` on. */
export interface BlobPart {
  readonly offset: number;
  readonly body: Readable;
}

export interface BlobStreamOptions {
  readonly descriptor: Descriptor;
  /** Where it comes from, for messages. */
  readonly host: string;
  /** The part may begin earlier than asked: then what is known is passed over. */
  readonly open: (offset: number, signal: AbortSignal) => Promise<BlobPart>;
  readonly sleep: (durationMs: number, signal?: AbortSignal) => Promise<void>;
}

/**
 * Streams a blob, taken up again where it broke off. Its last bytes are given out only when size and digest are right.
 * @throws PycontainerError 'network' when it breaks off again and again without getting on, 'digest-mismatch'
 */
export async function blobStream(options: BlobStreamOptions): Promise<Readable> {
  const controller = new AbortController();
  const first = await options.open(0, controller.signal);
  const stream = Readable.from(verified(options, parts(options, first, controller.signal)), { objectMode: false });
  stream.once('close', () => controller.abort());
  return stream;
}

async function* verified({ descriptor }: BlobStreamOptions, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let held: Buffer | undefined;
  for await (const chunk of chunks) {
    if (held !== undefined) yield held;
    hash.update(chunk);
    held = chunk;
    chunkPassed(chunk);
  }
  const digest = `sha256:${hash.digest('hex')}`;
  if (digest !== descriptor.digest) {
    throw new PycontainerError('digest-mismatch', `The blob ${descriptor.digest} came with other bytes (${digest})`, {
      hint: 'A proxy or a mirror may have changed it, or the registry is damaged.',
    });
  }
  if (held !== undefined) yield held;
}

/** Gives exactly the blob's size, or fails. */
async function* parts(options: BlobStreamOptions, first: BlobPart, signal: AbortSignal): AsyncGenerator<Buffer> {
  const { descriptor, open, sleep } = options;
  let part: BlobPart | undefined = first;
  let doneBytes = 0;
  let failures = 0;
  for (;;) {
    const before = doneBytes;
    try {
      part ??= await open(doneBytes, signal);
      for await (const chunk of from(part, doneBytes)) {
        doneBytes += chunk.length;
        if (doneBytes > descriptor.size) throw wrongSize(options, 'more');
        yield chunk;
      }
      if (doneBytes === descriptor.size) return;
      throw wrongSize(options, 'less');
    } catch (error) {
      failures = doneBytes > before ? 1 : failures + 1;
      if (!isBreak(error) || failures >= maxTries) throw error;
    }
    part = undefined;
    await sleep(pauseMs(failures), signal);
  }
}

async function* from({ offset, body }: BlobPart, wanted: number): AsyncGenerator<Buffer> {
  let skipBytes = wanted - offset;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    const rest = chunk.subarray(Math.min(skipBytes, chunk.length));
    skipBytes -= chunk.length - rest.length;
    if (rest.length > 0) yield rest;
  }
}

function wrongSize({ descriptor, host }: BlobStreamOptions, which: 'more' | 'less'): PycontainerError {
  const code = which === 'less' ? 'network' : 'digest-mismatch';
  return new PycontainerError(code, `${host} sent ${which} than the ${descriptor.size} bytes of ${descriptor.digest}`, {
    hint: 'A proxy or a mirror may have changed it, or the registry is damaged.',
  });
}
