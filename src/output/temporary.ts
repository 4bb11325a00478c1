import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { systemCode } from '../errors.ts';
import { isOwnerGone, ownerName } from '../store/owner.ts';

const infix = '.pycontainer-';
const suffix = '.tmp';

/** A name beside `path`, for what is to be renamed to it. Nobody else has it, and it tells whose it is. */
export function temporaryName(path: string): string {
  return `${path}${infix}${ownerName()}-${randomBytes(6).toString('hex')}${suffix}`;
}

/** Whether a file's name is one of {@link temporaryName}, whoever made it. */
export function isTemporary(name: string): boolean {
  return name.includes(infix) && name.endsWith(suffix);
}

/** Removes what killed processes left beside `path` when they wrote it; files of living ones stay. */
export function removeAbandoned(path: string): void {
  const prefix = `${basename(path)}${infix}`;
  for (const name of namesIn(dirname(path))) {
    if (!name.startsWith(prefix) || !name.endsWith(suffix)) continue;
    if (isOwnerGone(name.slice(prefix.length)) === true) rmSync(join(dirname(path), name), { force: true });
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}
