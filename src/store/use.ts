import fs from 'node:fs';

/** To what uses of results are noted, in milliseconds. */
export const useGrainMs: number = 60 * 60 * 1000;

/** A result's mtime is its last use, to the hour; failing to note it harms nothing. */
export function noteUse(file: string): void {
  try {
    const now = Date.now();
    if (now - fs.statSync(file).mtimeMs > useGrainMs) fs.utimesSync(file, now / 1000, now / 1000);
  } catch {
    // Another process has pruned the result, or the store is read-only.
  }
}
