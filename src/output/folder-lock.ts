import { linkSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { PycontainerError, systemCode } from '../errors.ts';
import { isOwnerGone, ownerName } from '../store/owner.ts';
import { removeAbandoned, temporaryName } from './temporary.ts';

/** A holder touches its lock this often, so that those who cannot see its process know that it lives. */
const touchEveryMs = 5_000;
const staleMs = 30_000;
const patienceMs = 10 * 60_000;

/** The lock's name in its folder; others who ask for it have files that begin with it. */
export const lockName = '.pycontainer.lock';

/**
 * Does `act` while no other that asks, in this process or another, does the same in this folder. A lock whose process is
 * gone is taken over at once; one of another machine when it was not touched for half a minute. Throws
 * 'output-unusable' when another holds it for ten minutes.
 */
export async function withFolderLock<T>(directory: string, act: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const file = join(directory, lockName);
  const deadline = Date.now() + patienceMs;
  let release: (() => void) | undefined;
  for (let pauseMs = 5; (release = tryLock(file)) === undefined; pauseMs = Math.min(pauseMs * 2, 200)) {
    if (Date.now() > deadline) {
      throw new PycontainerError(
        'output-unusable',
        `Another process has been writing to ${directory} for ten minutes`,
        {
          hint: `Wait for it to end; if there is none, remove ${file}.`,
        },
      );
    }
    await wait(pauseMs, undefined, signal === undefined ? {} : { signal });
  }
  try {
    return await act();
  } finally {
    release();
  }
}

/** Takes a lock without waiting, unless another holds it: undefined then. Gives what releases it. */
export function tryLock(file: string): (() => void) | undefined {
  if (!take(file)) return undefined;
  const touching = setInterval(() => touch(file), touchEveryMs).unref();
  return () => {
    clearInterval(touching);
    removeAbandoned(file);
    if (ownerIn(file) === ownerName()) rmSync(file, { force: true });
  };
}

/** The process that holds a lock, where it is one of this machine. */
export function lockHolder(file: string): number | undefined {
  const owner = ownerIn(file);
  return owner !== undefined && isOwnerGone(owner) === false ? Number(owner.split('-')[1]) : undefined;
}

/** The lock appears with its owner in it or not at all: a link fails where there is one already. */
function take(file: string): boolean {
  const own = temporaryName(file);
  writeFileSync(own, ownerName(), { flag: 'wx' });
  try {
    linkNew(own, file);
    return true;
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    if (isLeftOver(file)) remove(file);
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

/** Moves the lock away and looks again: another process may have taken it over in between, and then gets it back. */
function remove(file: string): void {
  const aside = temporaryName(file);
  try {
    renameSync(file, aside);
    if (!isLeftOver(aside)) linkNew(aside, file);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes(systemCode(error) ?? '')) throw error;
  }
  rmSync(aside, { force: true });
}

/** Where the file system has no links, a lock that is still empty counts by its age. */
function linkNew(from: string, file: string): void {
  try {
    linkSync(from, file);
  } catch (error) {
    if (['EEXIST', 'ENOENT', 'ENOSPC', 'EDQUOT', 'EROFS', 'EACCES'].includes(systemCode(error) ?? '')) throw error;
    writeFileSync(file, readFileSync(from), { flag: 'wx' });
  }
}

function isLeftOver(file: string): boolean {
  const owner = ownerIn(file);
  if (owner === undefined) return false;
  return isOwnerGone(owner) ?? Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) > staleMs;
}

function ownerIn(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function touch(file: string): void {
  const now = new Date();
  try {
    utimesSync(file, now, now);
  } catch {
    // Gone with its folder: whoever writes there learns it by itself.
  }
}
