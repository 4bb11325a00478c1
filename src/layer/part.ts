import type { EncodedPiece } from './job.ts';

/**
 * A stretch of the tar beside its encoded form, in memory that nobody else reads. Both may be empty: parts are joined in
 * order.
 */
export interface Part {
  readonly raw: Uint8Array;
  /** Of the raw bytes. */
  readonly crc32: number;
  readonly encoded: Uint8Array;
  /** What `encoded` is made of, as far as it is pieces. */
  readonly pieces: readonly EncodedPiece[];
  /** To be called when it is not read any more, where its memory is lent. */
  readonly giveBack?: () => void;
}

/** A part that is being made. */
export interface Task {
  /** Memory that it needs, about. */
  readonly sizeBytes: number;
  readonly part: Promise<Part>;
}

/** Bytes that may be on their way at once. */
const inFlightBytes = 4 << 20;

/** Lets tasks run beside each other, within bounds, and gives their parts in order. */
export async function* inOrder(tasks: AsyncIterable<Task>): AsyncGenerator<Part> {
  const running: Task[] = [];
  let runningBytes = 0;
  for await (const task of tasks) {
    task.part.catch(() => {});
    running.push(task);
    runningBytes += task.sizeBytes;
    while (runningBytes > inFlightBytes) {
      const first = running.shift();
      if (first === undefined) break;
      runningBytes -= first.sizeBytes;
      yield await first.part;
    }
  }
  for (const task of running) yield await task.part;
}
