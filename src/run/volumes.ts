import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { PycontainerError, systemCode } from '../errors.ts';
import type { Target } from '../config/target.ts';

/** The source of a volume, absolute where it is a path, and the rest from the colon on. */
export function splitVolume(written: string, home: string): { readonly source: string; readonly rest: string } {
  const colon = written.indexOf(':');
  const [source, rest] = [written.slice(0, colon), written.slice(colon)];
  return { source: source === '~' || source.startsWith('~/') ? path.join(home, source.slice(1)) : source, rest };
}

/**
 * Makes the folders that a target's containers are to see, where they are not there: by the engine they would be made as
 * root. To be done before anything is planned, since they may lie among the files that are packed. Idempotent.
 */
export function makeVolumeFolders({ run, locate }: Target, home: string): void {
  for (const [index, volume] of (run?.volumes ?? []).entries()) {
    const { source } = splitVolume(volume, home);
    if (!source.startsWith('/')) continue;
    try {
      mkdirSync(source, { recursive: true });
    } catch (error) {
      // A file or a socket may be seen in a container too.
      if (systemCode(error) === 'EEXIST') continue;
      throw new PycontainerError('container-failed', `The folder ${source}, which is a volume, cannot be made`, {
        hint: 'Make it yourself, or name another one.',
        location: locate(['run', 'volumes', index]),
        cause: error,
      });
    }
  }
}
