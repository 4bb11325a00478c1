import type { Entry } from '../../src/layer/entry.ts';

/** Entries in a few words: a text is a file, `-> x` a link, null a folder. */
export function entriesOf(tree: Readonly<Record<string, string | null>>): readonly Entry[] {
  return Object.entries(tree).map(([path, what]) => {
    const common = { path, uid: 0, gid: 0 };
    if (what === null) return { ...common, type: 'directory', mode: 0o755 };
    if (what.startsWith('-> ')) return { ...common, type: 'symlink', mode: 0o777, target: what.slice(3) };
    const bytes = Buffer.from(what);
    return { ...common, type: 'file', mode: 0o644, sizeBytes: bytes.length, content: { kind: 'bytes', bytes } };
  });
}
