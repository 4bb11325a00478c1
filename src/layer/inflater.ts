import zlib from 'node:zlib';

const { Z_BLOCK, Z_FINISH, Z_SYNC_FLUSH } = zlib.constants;

/** How far one step of an {@link Inflater} went, in bytes. */
export interface Step {
  readonly read: number;
  readonly written: number;
}

/**
 * Inflates one raw deflate stream after the other, each in steps: into memory that is there, and from block to block,
 * for which zlib has a way that the documented functions of Node.js do not. So this uses what these stand on.
 */
export class Inflater {
  readonly #native: NativeStream;
  #hasFailed = false;

  private constructor(native: NativeStream) {
    this.#native = native;
    Reflect.set(native.handle, 'onerror', () => {
      this.#hasFailed = true;
    });
  }

  /** Undefined where this Node.js has nothing of the kind, or it does not do what it should. */
  static create(): Inflater | undefined {
    const native = openNative();
    const inflater = native && new Inflater(native);
    return inflater !== undefined && inflater.#stopsBetweenBlocks() ? inflater : undefined;
  }

  /** Another stream begins. */
  begin(): void {
    this.#native.handle.reset();
    this.#hasFailed = false;
  }

  /**
   * Goes on up to the end of a block, of the input, or of the room for output. Undefined for what is no deflate stream,
   * and when there is more to come but no room at all.
   */
  block(input: Uint8Array, output: Uint8Array): Step | undefined {
    return this.#step(Z_BLOCK, input, output);
  }

  /** The same up to the end of the stream or of the room; undefined too when the input ends before both. */
  end(input: Uint8Array, output: Uint8Array): Step | undefined {
    return this.#step(Z_FINISH, input, output);
  }

  /** The same up to the end of the input or of the room, of a stream that need not have an end. */
  rest(input: Uint8Array, output: Uint8Array): Step | undefined {
    return this.#step(Z_SYNC_FLUSH, input, output);
  }

  #step(flush: number, input: Uint8Array, output: Uint8Array): Step | undefined {
    const { handle, left } = this.#native;
    const room = output.length > 0 ? output : spare;
    handle.writeSync(flush, input, 0, input.length, room, 0, room.length);
    const written = room.length - (left[0] ?? 0);
    if (this.#hasFailed || written > output.length) return undefined;
    return { read: input.length - (left[1] ?? 0), written };
  }

  #stopsBetweenBlocks(): boolean {
    const output = Buffer.alloc(2);
    this.begin();
    const steps = [0, 6].map((from) => this.block(twoBlocks.subarray(from), output.subarray(from / 6)));
    return steps.every((step) => step?.read === 6 && step.written === 1) && output.toString() === 'ab';
  }
}

let shared: Inflater | undefined;
let isShared = false;

/** The one of this thread. */
export function sharedInflater(): Inflater | undefined {
  if (!isShared) shared = Inflater.create();
  isShared = true;
  return shared;
}

/** So that there always is room, as zlib wants. */
const spare = Buffer.alloc(1);

/** Stored ones. */
const twoBlocks = Buffer.from('000100feff61010100feff62', 'hex');

interface NativeStream {
  /** Closes the handle when it is collected. */
  readonly owner: object;
  readonly handle: NativeHandle;
  /** Bytes of output and input that the last step left. */
  readonly left: Uint32Array;
}

interface NativeHandle {
  reset(): void;
  writeSync(
    flush: number,
    input: Uint8Array,
    inputAt: number,
    inputBytes: number,
    output: Uint8Array,
    outputAt: number,
    outputBytes: number,
  ): void;
}

function openNative(): NativeStream | undefined {
  const owner = zlib.createInflateRaw();
  const handle: unknown = Reflect.get(owner, '_handle');
  const left: unknown = Reflect.get(owner, '_writeState');
  return isHandle(handle) && left instanceof Uint32Array ? { owner, handle, left } : undefined;
}

function isHandle(value: unknown): value is NativeHandle {
  if (typeof value !== 'object' || value === null) return false;
  return ['reset', 'writeSync'].every((name) => typeof Reflect.get(value, name) === 'function');
}
