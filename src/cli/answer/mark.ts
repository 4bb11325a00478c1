import fs, { type BigIntStats } from 'node:fs';

/**
 * What of a path an answer hangs on. `link`: the link, file or folder of this name; `content`: what that leads to;
 * `access`: that something is there, and who may do what with it; `real`: where it leads.
 */
export type Aspect = 'link' | 'content' | 'access' | 'real';

export interface Mark {
  /** Equal as long as nothing has touched what was looked at. */
  readonly text: string;
  /** When it changed last, in nanoseconds since 1970; 0 where that does not matter. */
  readonly changedNs: bigint;
}

/** Each look, which is its aspect and absolute path with a space between, and its mark behind it. */
export type Looks = readonly string[];

/** Among the names of variables: all that there are. */
export const everything: string = '*';

/** A trace may stand between the program and these from now on. */
const { lstatSync, realpathSync, statSync } = fs;

/** Looks at an absolute path now. */
export function markOf(aspect: Aspect, path: string): Mark {
  try {
    if (aspect === 'real') return { text: realpathSync(path), changedNs: 0n };
    const stats = (aspect === 'link' ? lstatSync : statSync)(path, { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? { text: 'nothing', changedNs: 0n } : markOfStats(aspect, stats);
  } catch (error) {
    return { text: error instanceof Error && 'code' in error ? String(error.code) : String(error), changedNs: 0n };
  }
}

/** The same of what was just found there. */
export function markOfStats(aspect: Aspect, stats: BigIntStats): Mark {
  const { dev, ino, mode, uid, gid, size, mtimeNs, ctimeNs } = stats;
  if (aspect === 'access') return { text: `${mode} ${uid} ${gid}`, changedNs: 0n };
  return {
    text: `${dev} ${ino} ${mode} ${uid} ${gid} ${size} ${mtimeNs} ${ctimeNs}`,
    changedNs: mtimeNs > ctimeNs ? mtimeNs : ctimeNs,
  };
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
