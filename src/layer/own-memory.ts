/**
 * The bytes, in memory that they share with no others: a copy where they are part of something larger. What is sent to
 * another thread takes all of its memory along.
 */
export function inOwnMemory(bytes: Uint8Array): Uint8Array {
  if (isAlone(bytes)) return bytes;
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}

/** Gives memory back at once, which nobody may read any more; the collector would wait. Shared memory is left alone. */
export function freeMemory(bytes: Uint8Array): void {
  if (isAlone(bytes) && bytes.buffer instanceof ArrayBuffer && !bytes.buffer.detached) bytes.buffer.transfer(0);
}

/** The same for bytes that the caller has made and that stand alone, but in memory that may be larger than they are. */
export function freeOwnMemory({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength > largestPoolBytes) buffer.transfer(0);
}

function isAlone({ length, buffer }: Uint8Array): boolean {
  return buffer.byteLength - length < 64;
}

/** What Node.js divides among all small buffers is not larger; Node.js 26 aligns it and so takes some bytes more. */
const largestPoolBytes = Buffer.poolSize + 4096;
