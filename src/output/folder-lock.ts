import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { PycontainerError, systemCode } from '../errors.ts';
import { isOwnerGone, ownerName } from '../store/owner.ts';

const staleMs = 10 * 60 * 1000;
const patienceMs = 60 * 1000;

/**
 * Does `act` while no other process that asks does the same in this folder. A lock whose process is gone is taken
 * over at once. Throws 'output-unusable' when another process holds it for a minute.
 */
export async function withFolderLock<T>(directory: string, act: () => Promise<T>): Promise<T> {
  const file = join(directory, '.pycontainer.lock');
  const deadline = Date.now() + patienceMs;
  for (let pauseMs = 5; !take(file); pauseMs = Math.min(pauseMs * 2, 200)) {
    if (Date.now() > deadline) {
      throw new PycontainerError('output-unusable', `Another process has been writing to ${directory} for a minute`, {
        hint: `Wait for it to end; if there is none, remove ${file}.`,
      });
    }
    await wait(pauseMs);
  }
  try {
    return await act();
  } finally {
    rmSync(file, { force: true });
  }
}

function take(file: string): boolean {
  try {
    writeFileSync(file, ownerName(), { flag: 'wx' });
    return true;
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    if (isLeftOver(file)) remove(file);
    return false;
  }
}

/** Moves the lock away and looks again: another process may have taken it over in between, and then gets it back. */
function remove(file: string): void {
  const aside = `${file}.${ownerName()}`;
  try {
    renameSync(file, aside);
    if (!isLeftOver(aside)) renameSync(aside, file);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
  rmSync(aside, { force: true });
}

function isLeftOver(file: string): boolean {
  try {
    const owner = readFileSync(file, 'utf8');
    return isOwnerGone(owner) ?? Date.now() - statSync(file).mtimeMs > staleMs;
  } catch {
    return false;
  }
}
