/** Far more than a block's header or one symbol takes. */
const reserveBytes = 1024;

/** Bytes that a window must have behind its data; their value does not matter. */
export const slackBytes = 8;

/** Reads a stream bit by bit, through windows on its bytes. */
export class BitReader {
  view: DataView = new DataView(new ArrayBuffer(0));
  /** Where the reader is in the window, and up to where symbols may begin, in bits. */
  bit = 0;
  limitBit = 0;
  #windowByte = 0;
  readonly #sizeBytes: number;
  readonly #windowAt: (fromByte: number) => Buffer;

  /** `windowAt` gives the stream's bytes from a position on: all that are left or at least 64 KiB, and {@link slackBytes}. */
  constructor(sizeBytes: number, windowAt: (fromByte: number) => Buffer, fromBit = 0) {
    this.#sizeBytes = sizeBytes;
    this.#windowAt = windowAt;
    this.bit = fromBit;
  }

  /** From the stream's start. */
  get position(): number {
    return this.#windowByte * 8 + this.bit;
  }

  get isAtEnd(): boolean {
    return this.position >= this.#sizeBytes * 8;
  }

  get isBehindEnd(): boolean {
    return this.position > this.#sizeBytes * 8;
  }

  /** Where little is left of the window, takes the next one. */
  slide(): void {
    if (this.bit < this.limitBit) return;
    const from = Math.min(Math.floor(this.position / 8), this.#sizeBytes);
    const bit = this.position - from * 8;
    const bytes = this.#windowAt(from);
    const dataBytes = bytes.length - slackBytes;
    const isLastWindow = from + dataBytes >= this.#sizeBytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#windowByte = from;
    this.bit = bit;
    this.limitBit = (isLastWindow ? dataBytes : dataBytes - reserveBytes) * 8;
  }

  /** The next 25 bits or more; zeros behind the stream's end. */
  peek(): number {
    const byte = this.bit >> 3;
    return byte + 4 > this.view.byteLength ? 0 : this.view.getInt32(byte, true) >>> (this.bit & 7);
  }

  take(count: number): number {
    const value = this.peek() & ((1 << count) - 1);
    this.bit += count;
    return value;
  }

  skip(count: number): void {
    this.bit += count;
  }

  align(): void {
    this.bit = (this.bit + 7) & ~7;
  }
}
