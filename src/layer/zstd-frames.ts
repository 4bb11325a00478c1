import { pipeline, Readable } from 'node:stream';
import { createZstdDecompress } from 'node:zlib';

const frameMagic = 0xfd2fb528;
const skippableMagic = 0x184d2a50;

/**
 * Decompresses every zstd frame of a stream, one after the other, with a decoder of its own: the decoders of Node 22
 * and 24 go wrong when a stream has more than one frame. Skippable frames are passed over.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8878#section-3.1
 */
export async function* zstdFrames(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const bytes = new ByteReader(source);
  while (!(await bytes.atEnd())) {
    const magic = await bytes.take(4);
    const kind = magic.readUInt32LE();
    if ((kind & 0xfffffff0) >>> 0 === skippableMagic) {
      for await (const _ of bytes.run((await bytes.take(4)).readUInt32LE()));
    } else if (kind === frameMagic) {
      yield* decompressFrame(frame(magic, bytes));
    } else {
      throw new Error('no zstd frame begins here');
    }
  }
}

async function* decompressFrame(compressed: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  const decoder = createZstdDecompress({ chunkSize: 1 << 18 });
  // The callback only keeps the error from being unhandled: reading the decoder throws it too.
  pipeline(Readable.from(compressed), decoder, () => {});
  yield* decoder;
}

/** The bytes of one frame, whose magic number is read already. */
async function* frame(magic: Buffer, bytes: ByteReader): AsyncGenerator<Buffer> {
  yield magic;
  const descriptor = await bytes.take(1);
  yield descriptor;
  const flags = descriptor.readUInt8();
  yield await bytes.take(headerRest(flags));
  for (let last = false; !last;) {
    const header = await bytes.take(3);
    yield header;
    const word = header.readUIntLE(0, 3);
    last = (word & 1) === 1;
    const isRepeat = ((word >> 1) & 3) === 1;
    yield* bytes.run(isRepeat ? 1 : word >> 3);
  }
  if ((flags & 4) !== 0) yield await bytes.take(4);
}

/** Bytes of the frame header behind its descriptor: window, dictionary id, content size. */
function headerRest(flags: number): number {
  const isSingleSegment = (flags & 0x20) !== 0;
  const dictionaryId = [0, 1, 2, 4][flags & 3] ?? 0;
  const contentSize = [isSingleSegment ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0;
  return (isSingleSegment ? 0 : 1) + dictionaryId + contentSize;
}

/** Takes exact numbers of bytes from a stream of chunks; a stream that ends within them throws. */
class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #chunk: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  async atEnd(): Promise<boolean> {
    while (this.#chunk.length === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) return true;
      this.#chunk = next.value;
    }
    return false;
  }

  async take(length: number): Promise<Buffer> {
    return Buffer.concat(await Array.fromAsync(this.run(length)));
  }

  async *run(length: number): AsyncGenerator<Buffer> {
    for (let rest = length; rest > 0;) {
      if (await this.atEnd()) throw new Error('the last zstd frame is cut off');
      const part = this.#chunk.subarray(0, rest);
      this.#chunk = this.#chunk.subarray(part.length);
      rest -= part.length;
      yield part;
    }
  }
}
