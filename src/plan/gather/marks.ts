import { type BigIntStats, statSync } from 'node:fs';

/** How coarse a file system's clock may be: what changed so shortly ago may change again unseen. */
const clockGrainNs = 2_000_000_000n;

/** Equal as long as nothing has touched what stands there; empty where nothing does. */
export function markOf(path: string): string {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? '' : textOf(stats);
}

/** The same, by which it can be known that nothing changed; undefined for what only just did, or is not there. */
export function settledMark(path: string): string | undefined {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  const isSettled = stats.mtimeNs + clockGrainNs < nowNs && stats.ctimeNs + clockGrainNs < nowNs;
  return isSettled ? textOf(stats) : undefined;
}

function textOf({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
}
