import { Readable } from 'node:stream';
import { contentSlices } from '../layer/content.ts';
import type { Entry } from '../layer/entry.ts';
import { Archives } from '../layer/member.ts';
import { orderedEntries } from '../layer/order.ts';
import { endOfArchive, paddingBytes, tarHeader } from '../layer/tar.ts';

/**
 * A tar of the entries for a running container. Files carry the given time in place of the image's: reloaders and
 * bytecode compare it, and must see that they are new.
 *
 * The stream fails with 'file-changed-while-read' where a file is no longer what was planned.
 *
 * @param mtimeSeconds since 1970, by path
 */
export function syncTar(entries: readonly Entry[], mtimeSeconds: (path: string) => number): Readable {
  return Readable.from(parts(orderedEntries(entries), mtimeSeconds), { objectMode: false });
}

async function* parts(entries: readonly Entry[], mtimeSeconds: (path: string) => number): AsyncGenerator<Buffer> {
  const archives = new Archives();
  try {
    for (const entry of entries) {
      yield tarHeader(entry, mtimeSeconds(entry.path));
      if (entry.type !== 'file') continue;
      yield* contentSlices(entry, archives);
      yield Buffer.alloc(paddingBytes(entry.sizeBytes));
    }
    yield endOfArchive;
  } finally {
    archives.close();
  }
}
