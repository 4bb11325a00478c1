import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type Entry, textFile } from '../../src/layer/entry.ts';
import { entriesHash, entryText } from '../../src/plan/key.ts';

function alone(entries: readonly Entry[]): string {
  const sorted = entries.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return createHash('sha256')
    .update(`[${sorted.map(entryText).join(',')}]`)
    .digest('hex');
}

test('the hash of entries does not depend on what was hashed before', () => {
  const places = fc.array(fc.array(fc.nat(1199), { maxLength: 3 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(places, fc.nat(1200), (rounds, count) => {
      let entries: readonly Entry[] = Array.from({ length: count }, (_, index) =>
        textFile(`f${(index * 7) % 1201}`, 'x'),
      );
      for (const [round, changed] of rounds.entries()) {
        entries = entries.map((entry, index) => (changed.includes(index) ? textFile(entry.path, `${round}`) : entry));
        if (changed.length === 3) entries = entries.slice(1);
        assert.equal(entriesHash(entries), alone(entries));
      }
    }),
    { numRuns: 40 },
  );
});
