import { createHash, type Hash } from 'node:crypto';
import { open } from 'node:fs/promises';
import pLimit from 'p-limit';
import { keepYoungSmall } from '../../store/garbage.ts';

/** Algorithms by the name that locks and indexes give them, with Node's name and the length in hex digits. */
const algorithms: ReadonlyMap<string, readonly [name: string, digits: number]> = new Map([
  ['sha256', ['sha256', 64]],
  ['sha384', ['sha384', 96]],
  ['sha512', ['sha512', 128]],
  ['sha224', ['sha224', 56]],
  ['sha3_256', ['sha3-256', 64]],
  ['sha3_512', ['sha3-512', 128]],
  ['blake2b', ['blake2b512', 128]],
  ['sha1', ['sha1', 40]],
  ['md5', ['md5', 32]],
]);

/** Brings `algorithm:hex` or `algorithm=hex` to one spelling; undefined when it is no hash that can be checked. */
export function parseHash(text: string): string | undefined {
  const [, algorithm = '', hex = ''] = /^([a-z0-9_]+)[:=]([0-9a-f]+)$/.exec(text.toLowerCase()) ?? [];
  return algorithms.get(algorithm)?.[1] === hex.length ? `${algorithm}:${hex}` : undefined;
}

/** The hex digits of the sha256 among `algorithm:hex` hashes. */
export function sha256Of(hashes: readonly string[]): string | undefined {
  return hashes
    .map((hash) => parseHash(hash) ?? '')
    .find((hash) => hash.startsWith('sha256:'))
    ?.slice('sha256:'.length);
}

/**
 * What a file's own hashes say about it and a list of locked ones: `match` when one is the same, `differ` when there
 * is none and an algorithm stands in both, `unknown` when they cannot be compared.
 */
export function compareHashes(own: readonly string[], locked: readonly string[]): 'match' | 'differ' | 'unknown' {
  const wanted = new Set(locked.map(parseHash));
  const known = own.map(parseHash).filter((hash) => hash !== undefined);
  if (known.some((hash) => wanted.has(hash))) return 'match';
  const wantedAlgorithms = new Set([...wanted].map((hash) => hash?.split(':')[0]));
  return known.some((hash) => wantedAlgorithms.has(hash.split(':')[0])) ? 'differ' : 'unknown';
}

/** The algorithms of hashes that can be checked. */
export function algorithmsOf(hashes: readonly string[]): ReadonlySet<string> {
  return new Set(hashes.flatMap((hash) => parseHash(hash)?.split(':')[0] ?? []));
}

/** The first of the expected hashes that a file does not have, of those whose algorithm stands in its own. */
export function firstUnmet(own: readonly string[], expected: readonly string[]): string | undefined {
  const known = algorithmsOf(own);
  return expected
    .flatMap((hash) => parseHash(hash) ?? [])
    .find((hash) => known.has(hash.split(':')[0] ?? '') && !own.includes(hash));
}

/** Hashes bytes as they flow, by several algorithms at once. */
export class HashCheck {
  readonly #hashes: ReadonlyMap<string, Hash>;

  constructor(names: ReadonlySet<string>) {
    this.#hashes = new Map([...names].map((name) => [name, createHash(algorithms.get(name)?.[0] ?? name)]));
  }

  update(chunk: Uint8Array): void {
    for (const hash of this.#hashes.values()) hash.update(chunk);
  }

  /** `algorithm:hex` of all that flowed by. Ends the check. */
  results(): string[] {
    return [...this.#hashes].map(([name, hash]) => `${name}:${hash.digest('hex')}`);
  }
}

/** What a file turned out to be. */
export interface Measured {
  /** `algorithm:hex`, sha256 first, then the other algorithms that were asked for. */
  readonly hashes: readonly string[];
  readonly sizeBytes: number;
}

/** Hashing keeps this thread busy, and another file can be read meanwhile; more would only take memory. */
const readers = pLimit(2);
const idleBuffers: Buffer[] = [];

/** Reads a file once, in memory that is used again and again, also for other files. */
export async function hashFile(file: string, names: ReadonlySet<string>, signal?: AbortSignal): Promise<Measured> {
  keepYoungSmall();
  return readers(async () => {
    const buffer = idleBuffers.pop() ?? Buffer.allocUnsafeSlow(1 << 20);
    try {
      return await hashWith(buffer, file, names, signal);
    } finally {
      idleBuffers.push(buffer);
    }
  });
}

async function hashWith(
  buffer: Buffer,
  file: string,
  names: ReadonlySet<string>,
  signal?: AbortSignal,
): Promise<Measured> {
  const check = new HashCheck(new Set(['sha256', ...names]));
  let sizeBytes = 0;
  await using handle = await open(file);
  for (;;) {
    signal?.throwIfAborted();
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, sizeBytes);
    if (bytesRead === 0) break;
    check.update(buffer.subarray(0, bytesRead));
    sizeBytes += bytesRead;
  }
  return { hashes: check.results(), sizeBytes };
}
