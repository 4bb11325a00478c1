import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { systemCode } from '../errors.ts';
import { isOwnerGone, ownerName } from './owner.ts';

/** An open file in the store's `tmp/`, to be published under its real name or removed. */
export interface TemporaryFile {
  readonly path: string;
  readonly fd: number;
}

const dayMs = 24 * 60 * 60 * 1000;

/** Opens a new file that carries its owner in its name: machine, process, random. */
export function openTemporary(directory: string): TemporaryFile {
  const name = `${ownerName()}-${randomBytes(8).toString('hex')}`;
  const file = path.join(directory, 'tmp', name);
  const fd = withFolder(file, () => fs.openSync(file, 'wx'));
  return { path: file, fd };
}

/** Gives a closed temporary file its real name, over whatever has it. Atomic: readers see the old bytes or the new. */
export function publish(temporary: string, file: string): void {
  withFolder(file, () => fs.renameSync(temporary, file));
}

/**
 * Removes what killed processes left in `tmp/`: files whose process is gone, and files of other machines (or containers
 * with process ids of their own) that were not written to for a day. Files of living processes stay.
 */
export function removeAbandoned(directory: string, nowMs: number = Date.now()): void {
  const folder = path.join(directory, 'tmp');
  for (const name of fs.readdirSync(folder)) {
    const file = path.join(folder, name);
    if (isAbandoned(name, file, nowMs)) fs.rmSync(file, { force: true });
  }
}

function isAbandoned(name: string, file: string, nowMs: number): boolean {
  const gone = isOwnerGone(name);
  if (gone !== undefined) return gone;
  const written = fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  return written !== undefined && nowMs - written > dayMs;
}

/**
 * Does `act`; where it finds something missing, makes the folder of `file` and tries once more. Another process may
 * have made the folder meanwhile, so that it is there now says nothing.
 */
function withFolder<T>(file: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    fs.mkdirSync(path.dirname(file), { recursive: true });
    return act();
  }
}
