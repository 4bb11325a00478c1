/**
 * More than jobs of some layers need at once, and than the 32 MiB up to which glibc may take it from an allocator's heap.
 * What is not touched costs nothing.
 */
const slabBytes = 33 << 20;

/** A stretch of memory that threads can share. Plain data. */
export interface Room {
  readonly memory: SharedArrayBuffer;
  readonly offset: number;
  readonly sizeBytes: number;
}

/** Memory in which room is lent, again and again. */
class Slab {
  readonly #memory = new SharedArrayBuffer(slabBytes);
  /** In order, none next to another. */
  #free: readonly Stretch[] = [{ offset: 0, end: slabBytes }];

  lend(sizeBytes: number): Room | undefined {
    const found = this.#free.find(({ offset, end }) => end - offset >= sizeBytes);
    if (found === undefined) return undefined;
    const { offset, end } = found;
    const rest = { offset: offset + sizeBytes, end };
    this.#free = this.#free.flatMap((one) => (one === found ? (rest.offset < end ? [rest] : []) : [one]));
    return { memory: this.#memory, offset, sizeBytes };
  }

  takeBack({ offset, sizeBytes }: Room): void {
    const end = offset + sizeBytes;
    const before = this.#free.find((one) => one.end === offset);
    const after = this.#free.find((one) => one.offset === end);
    const joined = { offset: before?.offset ?? offset, end: after?.end ?? end };
    const others = this.#free.filter((one) => one !== before && one !== after);
    this.#free = [...others, joined].sort((a, b) => a.offset - b.offset);
  }
}

interface Stretch {
  readonly offset: number;
  readonly end: number;
}

export interface LentRoom {
  readonly room: Room;
  /** To be called once, when nobody uses it any more; or never. */
  readonly giveBack: () => void;
}

/** So long it is held when nothing of it is asked for: from layer to layer. Two of them would be in memory otherwise. */
const heldMs = 1000;

let held: Slab | undefined;
let last: WeakRef<Slab> | undefined;
let letGo: NodeJS.Timeout | undefined;

/**
 * Room for the bytes of a job; undefined when too much is lent already. It is in one piece of memory for all layers:
 * with memory of its own for each job, a megabyte or two that come and go, the allocators of all threads come to hold
 * more in holes than is in use. When no room of it is lent, and none was for a while, the collector may take it.
 */
export function lendRoom(sizeBytes: number): LentRoom | undefined {
  const slab = held ?? last?.deref() ?? new Slab();
  hold(slab);
  const room = slab.lend(sizeBytes);
  return room && { room, giveBack: () => slab.takeBack(room) };
}

function hold(slab: Slab): void {
  if (held === undefined) last = new WeakRef(slab);
  held = slab;
  letGo ??= setTimeout(() => (held = undefined), heldMs).unref();
  letGo.refresh();
}

/** Bytes in lent room, or in memory of their own where none is left. */
export interface LentBytes {
  readonly bytes: Buffer;
  readonly giveBack?: () => void;
}

export function lendBytes(sizeBytes: number): LentBytes {
  const lent = lendRoom(sizeBytes);
  if (lent === undefined) return { bytes: Buffer.allocUnsafeSlow(sizeBytes) };
  const { room, giveBack } = lent;
  return { bytes: Buffer.from(room.memory, room.offset, sizeBytes), giveBack };
}
