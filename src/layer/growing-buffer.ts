/** Memory of its own, not shared with other buffers, that grows as bytes are put at its end. */
export class GrowingBuffer {
  #memory: Buffer;
  #length = 0;

  constructor(capacityBytes: number) {
    this.#memory = Buffer.allocUnsafeSlow(capacityBytes);
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

  /** All that was put, in memory of its size. Nothing can be put any more. */
  finish(): Uint8Array {
    const { buffer } = this.#memory;
    return new Uint8Array(buffer instanceof ArrayBuffer ? buffer.transfer(this.#length) : buffer, 0, this.#length);
  }
}
