import { isAbsolute, relative } from 'node:path';

/** A path as someone who stands in `cwd` would type it: from there when it is below, else as it is. */
export function shownPath(path: string, cwd: string): string {
  if (!isAbsolute(path)) return path;
  const below = relative(cwd, path);
  return below === '' || below.startsWith('..') || isAbsolute(below) ? path : below;
}
