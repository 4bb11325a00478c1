import type { Entry } from '../../layer/entry.ts';
import { parent } from './zip.ts';

/** Adds the folders above entries, from the image's root down and each once, and sorts all by the bytes of their path. */
export function withFolders(entries: readonly Entry[]): Entry[] {
  const folders = new Set<string>();
  for (const entry of entries) {
    for (let path = parent(entry.path); path !== '' && !folders.has(path); path = parent(path)) folders.add(path);
  }
  for (const entry of entries) folders.delete(entry.path);
  const made = [...folders].map((path): Entry => ({ type: 'directory', path, mode: 0o755, uid: 0, gid: 0 }));
  const keyed = [...entries, ...made].map((entry) => ({ entry, key: Buffer.from(entry.path) }));
  return keyed.sort((a, b) => Buffer.compare(a.key, b.key)).map(({ entry }) => entry);
}
