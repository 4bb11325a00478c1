/** Bytes that are put one behind the other, into memory that is given and, where it does not suffice, into larger one. */
export class GrowingBuffer {
  #memory: Buffer;
  #length = 0;

  constructor(memory: Buffer) {
    this.#memory = memory;
  }

  get length(): number {
    return this.#length;
  }

  /** The next so many bytes, to be filled. They count when {@link take} says so; until then nothing else may be put. */
  room(lengthBytes: number): Buffer {
    const needed = this.#length + lengthBytes;
    if (needed > this.#memory.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#memory.length));
      this.#memory.copy(larger, 0, 0, this.#length);
      this.#memory = larger;
    }
    return this.#memory.subarray(this.#length, needed);
  }

  take(lengthBytes: number): void {
    this.#length += lengthBytes;
  }

  put(bytes: Uint8Array): void {
    this.room(bytes.length).set(bytes);
    this.take(bytes.length);
  }

  /** All that was put; memory of its own in its size. Nothing can be put any more. */
  finish(): Uint8Array {
    const { buffer } = this.#memory;
    if (buffer instanceof ArrayBuffer) return new Uint8Array(buffer.transfer(this.#length));
    return this.#memory.subarray(0, this.#length);
  }
}
