/** A stretch of the tar beside its encoded form. Both may be empty: parts are joined in order. */
export interface Part {
  readonly raw: Uint8Array;
  /** Of the raw bytes. */
  readonly crc32: number;
  readonly encoded: readonly Uint8Array[];
  /** Under which it may be kept, being one piece. */
  readonly key?: string | undefined;
}

/** A part that is being made. */
export interface Task {
  /** Memory that it needs, about. */
  readonly sizeBytes: number;
  readonly part: Promise<Part>;
}

/** Bytes that may be on their way through the thread pool at once. */
const inFlightBytes = 8 << 20;

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
