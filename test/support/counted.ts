import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** How often files were looked at and read, bytes hashed, and JSON parsed. */
export type Counts = Record<'stats' | 'reads' | 'listings' | 'hashes' | 'parses', number>;

/** Counts what everything in this process does to the files that `isCounted` says, by path, during `act`; and all hashes and parses. */
export async function counted(isCounted: (file: string) => boolean, act: () => Promise<unknown>): Promise<Counts> {
  const counts: Counts = { stats: 0, reads: 0, listings: 0, hashes: 0, parses: 0 };
  const undo: (() => void)[] = [];
  const watch = (owner: object, names: readonly string[], kind: keyof Counts, always = false): void => {
    const functions = owner as Record<string, (...args: unknown[]) => unknown>;
    for (const name of names) {
      const real = functions[name];
      assert(real !== undefined);
      functions[name] = (...args) => {
        if (always || (typeof args[0] === 'string' && isCounted(args[0]))) counts[kind] += 1;
        return real(...args);
      };
      undo.push(() => (functions[name] = real));
    }
  };
  for (const owner of [fs, fs.promises]) {
    const sync = owner === fs ? 'Sync' : '';
    watch(owner, [`stat${sync}`, `lstat${sync}`, `realpath${sync}`, `access${sync}`], 'stats');
    watch(owner, [`open${sync}`, `readFile${sync}`, `readlink${sync}`], 'reads');
    watch(owner, [`readdir${sync}`, `opendir${sync}`], 'listings');
  }
  watch(fs, ['existsSync'], 'stats');
  watch(fs, ['createReadStream'], 'reads');
  watch(crypto, ['hash', 'createHash'], 'hashes', true);
  watch(JSON, ['parse'], 'parses', true);
  syncBuiltinESMExports();
  try {
    await act();
  } finally {
    for (const back of undo) back();
    syncBuiltinESMExports();
  }
  return counts;
}

/** Does it as if a minute had passed: files that have only just changed are read again, as the clock could not tell a second change. */
export async function later<T>(act: () => Promise<T>): Promise<T> {
  const { now } = Date;
  Date.now = () => now() + 60_000;
  try {
    return await act();
  } finally {
    Date.now = now;
  }
}
