import type { Readable } from 'node:stream';

/** Gives the blob from its first byte, each time it is called. */
export type BlobSource = () => Promise<Readable> | Readable;

/** The source's bytes from `offset` on, a part at a time; tells a failure of the source apart from one of the connection. */
export class SourceBytes {
  failure: unknown;
  readonly #source: BlobSource;
  #skipBytes: number;
  #stream: Readable | undefined;
  #chunks: AsyncIterator<Buffer> | undefined;
  /** Was read, and belongs to the next part. */
  #left: Buffer = Buffer.alloc(0);

  constructor(source: BlobSource, offset: number) {
    this.#source = source;
    this.#skipBytes = offset;
  }

  async *read(limitBytes: number): AsyncGenerator<Buffer> {
    for (let wanted = limitBytes; wanted > 0;) {
      const chunk = this.#left.length > 0 ? this.#left : await this.#next();
      if (chunk === undefined) return;
      const part = chunk.subarray(0, wanted);
      this.#left = chunk.subarray(part.length);
      wanted -= part.length;
      if (part.length > 0) yield part;
    }
  }

  close(): void {
    this.#stream?.destroy();
  }

  async #next(): Promise<Buffer | undefined> {
    this.#chunks ??= await this.#open();
    const chunks = this.#chunks;
    const next = await this.#guarded(async () => chunks.next());
    if (next.done === true) return undefined;
    const rest = next.value.subarray(Math.min(this.#skipBytes, next.value.length));
    this.#skipBytes -= next.value.length - rest.length;
    return rest;
  }

  async #open(): Promise<AsyncIterator<Buffer>> {
    const stream = await this.#guarded(async () => this.#source());
    this.#stream = stream;
    return stream[Symbol.asyncIterator]();
  }

  async #guarded<T>(task: () => Promise<T>): Promise<T> {
    try {
      return await task();
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }
}
