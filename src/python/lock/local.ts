import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder or file of a `file:` URL; undefined for other URLs. */
export function localPath(link: string): string | undefined {
  if (!link.startsWith('file:')) return undefined;
  try {
    return fileURLToPath(link.split('#')[0] ?? link);
  } catch {
    return undefined;
  }
}

/** What stands at a path; undefined for nothing, and for what is no path at all. */
export function kindOfPath(file: string): 'file' | 'folder' | undefined {
  try {
    const stats = statSync(file);
    return stats.isDirectory() ? 'folder' : stats.isFile() ? 'file' : undefined;
  } catch {
    return undefined;
  }
}
