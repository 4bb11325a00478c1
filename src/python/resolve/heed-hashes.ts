import { PycontainerError } from '../../errors.ts';
import { compareHashes } from '../index/hashes.ts';
import type { PylockEntry } from '../lock/pylock-write.ts';
import type { Wanted } from './wanted.ts';

/**
 * Leaves out the files that a requirement with `--hash` does not allow. The tools are not told of hashes: they want
 * them for every package or for none.
 * @throws PycontainerError 'wheel-hash-mismatch' where no file of a package is left
 */
export function heedHashes(entries: readonly PylockEntry[], { requirements, constraints }: Wanted): PylockEntry[] {
  const asked = Map.groupBy(
    [...requirements, ...constraints].filter(({ hashes = [] }) => hashes.length > 0),
    ({ requirement }) => requirement.name,
  );
  return entries.map((entry) => {
    const lines = asked.get(entry.name) ?? [];
    const [first] = lines;
    if (first === undefined) return entry;
    const allowed = lines.flatMap(({ hashes = [] }) => hashes);
    const wheels = entry.wheels.filter(({ hashes }) => compareHashes(hashes, allowed) === 'match');
    if (wheels.length > 0) return { ...entry, wheels };
    const what = `${entry.name} ${entry.version ?? ''}`.trimEnd();
    throw new PycontainerError('wheel-hash-mismatch', `No wheel of ${what} has a hash that is allowed here`, {
      hint: 'Correct the --hash, or pin the version that it belongs to with ==.',
      location: first.location,
    });
  });
}
