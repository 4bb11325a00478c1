import { spawnSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { debianPython } from '../../scripts/debian-python.ts';

/** Kept between test runs, since making one costs a download of 20 MB. */
const cache = path.join(process.env['XDG_CACHE_HOME'] ?? path.join(os.homedir(), '.cache'), 'pycontainer-tests');

const made = new Map<string | undefined, Promise<string>>();

/** Why {@link pythonBase} cannot be had here, for a test's `skip`; false where it can. In CI it must be there. */
export const pythonBaseMissing: string | false =
  process.env['CI'] === 'true' || (answers('apt-get') && answers('dpkg')) ? false : 'apt-get and dpkg are not there';

/**
 * The folder of a root file system with the distribution's own Python, shell and C library, never to be changed
 * (run its Python with -B).
 * `architecture` in dpkg's words; absent: this machine's.
 */
export function pythonBase(architecture?: string): Promise<string> {
  const known = made.get(architecture) ?? debianPython(cache, architecture === undefined ? {} : { architecture });
  made.set(architecture, known);
  return known;
}

function answers(command: string): boolean {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
}
