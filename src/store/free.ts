import { statfs } from 'node:fs/promises';

/** What may still be written below a folder; Infinity where its file system does not say. */
export async function freeBytes(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    return Infinity;
  }
}
