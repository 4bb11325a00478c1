import { posix } from 'node:path';
import { leaf, list, text } from './leaf.ts';
import type * as z from 'zod';

/** A folder or file in the image, absolute; the answer has no trailing slash and no `.` in it. */
export function imagePath(): z.ZodType<string, string> {
  const parse = (path: string): string | undefined => {
    if (!path.startsWith('/') || climbs(path)) return undefined;
    const normal = posix.normalize(path);
    return normal === '/' ? normal : normal.replace(/\/$/, '');
  };
  const hint = "A path in the image begins with '/' and has no '..' in it.";
  return leaf('an absolute path in the image', parse, { pattern: '^/' }, hint);
}

/** Where files go in the image: absolute, or relative to workdir. A trailing slash is kept: it means a folder. */
export function imageDestination(): z.ZodType<string, string> {
  const parse = (path: string): string | undefined => (path === '' || climbs(path) ? undefined : posix.normalize(path));
  return leaf('a path in the image', parse, {}, "The path must not have '..' in it.");
}

export function patterns(): z.ZodType<string[]> {
  return list(text('a pattern'));
}

function climbs(path: string): boolean {
  return path.split('/').includes('..');
}
