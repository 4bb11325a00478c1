import { PycontainerError } from '../errors.ts';
import type { Engine } from './engine.ts';

/** A line that the app in a container wrote. */
export interface ContainerLine {
  readonly stream: 'stdout' | 'stderr';
  /** Without its end; a line of more than 64 KiB comes in parts. */
  readonly text: string;
}

export interface LogOptions {
  /** Goes on until the container ends. */
  readonly follow?: boolean;
  /** Only so many lines of those that are there; absent: all. */
  readonly tail?: number | undefined;
  /** Only what was written since then, as the engine wrote the time. */
  readonly since?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const mostLineBytes = 64 * 1024;
const headerBytes = 8;
const newline = 0x0a;

/** What the app in a container without a terminal wrote, line by line. */
export async function* containerLog(
  engine: Engine,
  id: string,
  { follow = false, tail, since, signal }: LogOptions = {},
): AsyncGenerator<ContainerLine> {
  const answer = await engine.request('GET', `/containers/${id}/logs`, {
    query: {
      stdout: true,
      stderr: true,
      follow,
      tail: tail ?? 'all',
      ...(since === undefined ? {} : { since: asUnixTime(since) }),
    },
    timeoutMs: 0,
    signal,
  });
  yield* linesOf(answer.body);
}

/** Seconds with nanoseconds behind the point, which both engines take. */
function asUnixTime(time: string): string {
  const nanoseconds = /\.([0-9]{1,9})/.exec(time)?.[1] ?? '0';
  return `${Math.floor(Date.parse(time.replace(/\.[0-9]+/, '')) / 1000)}.${nanoseconds.padEnd(9, '0')}`;
}

/**
 * Takes the two streams apart that an engine sends as one, and each into lines. What has no line end at the end is a
 * line too.
 *
 * @see https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerAttach
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ContainerLine> {
  const open = { stdout: new LineCutter('stdout'), stderr: new LineCutter('stderr') };
  for await (const { stream, bytes } of framesOf(chunks)) yield* open[stream].add(bytes);
  yield* open.stdout.end();
  yield* open.stderr.end();
}

export interface Frame {
  readonly stream: 'stdout' | 'stderr';
  readonly bytes: Buffer;
}

/** Gives parts of frames as they come, so that a frame of any size needs no room. */
export async function* framesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  let header = Buffer.alloc(0);
  let stream: Frame['stream'] = 'stdout';
  let left = 0;
  for await (const chunk of chunks) {
    let bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    while (bytes.length > 0) {
      if (left === 0) {
        const wanted = headerBytes - header.length;
        header = Buffer.concat([header, bytes.subarray(0, wanted)]);
        bytes = bytes.subarray(wanted);
        if (header.length < headerBytes) break;
        stream = streamOf(header);
        left = header.readUInt32BE(4);
        header = Buffer.alloc(0);
        continue;
      }
      const part = bytes.subarray(0, left);
      bytes = bytes.subarray(part.length);
      left -= part.length;
      yield { stream, bytes: part };
    }
  }
}

function streamOf(header: Buffer): Frame['stream'] {
  const kind = header[0] ?? 0;
  if (kind <= 2 && header[1] === 0 && header[2] === 0 && header[3] === 0) return kind === 2 ? 'stderr' : 'stdout';
  throw new PycontainerError('engine-answer', "The container's log is not in a form that is understood", {
    hint: 'Does the container have a terminal? Only its own client can show that.',
  });
}

class LineCutter {
  readonly #stream: ContainerLine['stream'];
  #begun: Buffer[] = [];
  #begunBytes = 0;

  constructor(stream: ContainerLine['stream']) {
    this.#stream = stream;
  }

  *add(bytes: Buffer): Generator<ContainerLine> {
    let rest = bytes;
    for (let end = rest.indexOf(newline); end !== -1; end = rest.indexOf(newline)) {
      this.#keep(rest.subarray(0, end));
      yield this.#line();
      rest = rest.subarray(end + 1);
    }
    this.#keep(rest);
    if (this.#begunBytes >= mostLineBytes) yield this.#line();
  }

  *end(): Generator<ContainerLine> {
    if (this.#begunBytes > 0) yield this.#line();
  }

  /** Copied, since the bytes are a part of what came over the wire. */
  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#begun.push(Buffer.from(bytes));
    this.#begunBytes += bytes.length;
  }

  #line(): ContainerLine {
    const text = Buffer.concat(this.#begun).toString('utf8').replace(/\r$/, '');
    this.#begun = [];
    this.#begunBytes = 0;
    return { stream: this.#stream, text };
  }
}
