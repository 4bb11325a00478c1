import * as fc from 'fast-check';
import type { Entry, FileEntry } from '../../src/layer/entry.ts';

/** A file of these bytes, held in memory. */
export function file(path: string, bytes: Uint8Array | string, more: Partial<FileEntry> = {}): FileEntry {
  const content = { kind: 'bytes', bytes: Buffer.from(bytes) } as const;
  const sizeBytes = content.bytes.length;
  return { type: 'file', path, mode: 0o644, uid: 0, gid: 0, sizeBytes, content, ...more };
}

export function directory(path: string): Entry {
  return { type: 'directory', path, mode: 0o755, uid: 0, gid: 0 };
}

export function symlink(path: string, target: string): Entry {
  return { type: 'symlink', path, target, mode: 0o777, uid: 0, gid: 0 };
}

export function hardlink(path: string, target: string): Entry {
  return { type: 'hardlink', path, target, mode: 0o644, uid: 0, gid: 0 };
}

/** Bytes that compress somewhat, the same for the same seed. */
export function bytesFrom(seed: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let state = (seed % 2147483646) + 1;
  for (let at = 0; at < length; at++) {
    state = (state * 48271) % 2147483647;
    bytes[at] = state % 100 < 70 ? 97 + (state % 7) : state & 255;
  }
  return bytes;
}

const part = fc.oneof(
  { weight: 8, arbitrary: fc.stringMatching(/^[a-z]{1,8}$/) },
  { weight: 1, arbitrary: fc.stringMatching(/^[a-z]{90,120}$/) },
  { weight: 1, arbitrary: fc.constantFrom('näme', '日本', 'a b', '.wh.gone', '-x', '𝒳', '\u{ffff}z', 'ﬀ') },
);
const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
const owner = fc.oneof(
  { weight: 5, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.constantFrom(1000, 0o7777777, 0o10000000, 0xffffffff) },
);
const common = fc.record({
  path,
  mode: fc.constantFrom(0o644, 0o755, 0o4755, 0),
  uid: owner,
  gid: owner,
  mtimeSeconds: fc.option(fc.constantFrom(0, 1, 315532800, 2 ** 34), { nil: undefined }),
});
const sizes = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 3000 }) },
  { weight: 1, arbitrary: fc.constantFrom(512, 65535, 65536, 200_000, 524288, 1_300_000) },
);
const node = fc.record({
  common,
  kind: fc.constantFrom('file', 'file', 'file', 'file', 'directory', 'symlink'),
  seed: fc.nat(),
  size: sizes,
  target: fc.oneof(path, fc.constant('/abs'), fc.stringMatching(/^[a-z]{101,300}$/)),
});

/** Random trees that can stand in a layer: no path twice, nothing below a file. */
export const trees: fc.Arbitrary<Entry[]> = fc.array(node, { maxLength: 60 }).map((nodes) => {
  const entries = new Map<string, Entry>();
  for (const { common, kind, seed, size, target } of nodes) {
    const { mtimeSeconds, ...rest } = common;
    const shared = mtimeSeconds === undefined ? rest : { ...rest, mtimeSeconds };
    if (kind === 'file') entries.set(common.path, file(common.path, bytesFrom(seed, size), shared));
    else if (kind === 'directory') entries.set(common.path, { type: 'directory', ...shared });
    else entries.set(common.path, { type: 'symlink', target, ...shared });
  }
  const isBelowAFile = (path: string): boolean =>
    path.split('/').some((_, index, parts) => {
      const above = index === 0 ? undefined : entries.get(parts.slice(0, index).join('/'));
      return above !== undefined && above.type !== 'directory';
    });
  return [...entries.values()].filter((entry) => !isBelowAFile(entry.path));
});
