import type { Entry } from '../layer/entry.ts';

/** What makes one tree of another. */
export interface Changes {
  /** New and changed entries. */
  readonly put: readonly Entry[];
  /** Entries that are gone, or became something of another kind. */
  readonly removed: readonly Entry[];
}

/** Compares by content, mode and owner, never by time. Of equal entries nothing is said. */
export function changesBetween(before: readonly Entry[], after: readonly Entry[]): Changes {
  const old = byPath(before);
  const now = byPath(after);
  return {
    put: after.filter((entry) => !isSame(old.get(entry.path), entry)),
    removed: before.filter((entry) => now.get(entry.path)?.type !== entry.type),
  };
}

export function isNothing({ put, removed }: Changes): boolean {
  return put.length === 0 && removed.length === 0;
}

function byPath(entries: readonly Entry[]): ReadonlyMap<string, Entry> {
  return new Map(entries.map((entry) => [entry.path, entry]));
}

function isSame(one: Entry | undefined, other: Entry): boolean {
  if (one === undefined || one.type !== other.type) return false;
  if (one.mode !== other.mode || one.uid !== other.uid || one.gid !== other.gid) return false;
  if (one.type === 'file' && other.type === 'file') {
    return one.sizeBytes === other.sizeBytes && contentMark(one.content) === contentMark(other.content);
  }
  return one.type === 'directory' || targetOf(one) === targetOf(other);
}

function targetOf(entry: Entry): string | undefined {
  return entry.type === 'symlink' || entry.type === 'hardlink' ? entry.target : undefined;
}

/** Equal for equal bytes, as far as that is known without reading. */
function contentMark(content: Extract<Entry, { type: 'file' }>['content']): string {
  switch (content.kind) {
    case 'bytes':
      return `bytes ${Buffer.from(content.bytes).toString('base64')}`;
    case 'path':
      return `path ${content.sha256 ?? content.path}`;
    case 'zip-member':
      return `member ${content.archive} ${content.offset} ${content.crc32}`;
  }
}
