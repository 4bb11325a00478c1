import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { digestOf } from '../../src/oci/digest.ts';
import type { Entry } from '../../src/layer/entry.ts';
import { LiveLayer } from '../../src/layer/live.ts';
import { type MadeLayer, makeLayer } from '../../src/layer/make.ts';
import type { Store } from '../../src/store/store.ts';
import { temporaryStore } from '../store/folder.ts';
import { bytesFrom, file } from './trees.ts';

function make(store: Store, entries: readonly Entry[], live?: LiveLayer, mtimeSeconds = 0): Promise<MadeLayer> {
  return makeLayer(entries, {
    store,
    compression: { type: 'gzip' },
    mtimeSeconds,
    live,
    keepPieces: live !== undefined,
  });
}

const edits = fc.array(
  fc.record({
    kind: fc.constantFrom('change', 'remove', 'add', 'mode', 'same bytes'),
    at: fc.nat(),
    size: fc.oneof(fc.integer({ min: 0, max: 5000 }), fc.constantFrom(65_536, 700_000)),
    seed: fc.nat(),
  }),
  { maxLength: 4 },
);

test('with pieces held in memory a layer has the bytes that it has when made from nothing', async () => {
  await using at = await temporaryStore();
  await using bare = await temporaryStore();
  const sizes = fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 40, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(sizes, fc.array(edits, { minLength: 1, maxLength: 5 }), async (all, rounds) => {
      const live = new LiveLayer();
      const entries: Entry[] = all.map((size, index) => file(`src/f${index}`, bytesFrom(index, size)));
      for (const round of [[], ...rounds]) {
        for (const { kind, at, size, seed } of round) {
          const index = at % Math.max(entries.length, 1);
          const entry = entries[index];
          if (kind === 'add' || entry?.type !== 'file')
            entries.push(file(`src/new${entries.length}/${seed}`, bytesFrom(seed, size)));
          else if (kind === 'remove') entries.splice(index, 1);
          else if (kind === 'mode') entries[index] = { ...entry, mode: entry.mode ^ 0o100 };
          else if (kind === 'same bytes') entries[index] = { ...entry };
          else entries[index] = file(entry.path, bytesFrom(seed, size));
        }
        const unique = [...new Map(entries.map((entry) => [entry.path, entry])).values()];
        assert.deepEqual(await make(at.store, unique, live), await make(bare.store, unique));
      }
    }),
    { numRuns: 15 },
  );
});

test('another time in the headers makes all pieces anew', async () => {
  await using at = await temporaryStore();
  const live = new LiveLayer();
  const entries = [file('a', 'a'), file('b', bytesFrom(1, 100_000))];
  await make(at.store, entries, live);
  assert.deepEqual(await make(at.store, entries, live, 7), await make(at.store, entries, undefined, 7));
});

test('files of pieces that are held are not read, and those whose hash is not known always are', async () => {
  await using at = await temporaryStore();
  const source = path.join(at.folder, 'source');
  const bytes = bytesFrom(3, 5000);
  fs.writeFileSync(source, bytes);
  const content = { kind: 'path', path: source } as const;
  const known: Entry = { ...file('a', bytes), content: { ...content, sha256: digestOf(bytes).slice(7) } };
  const unknown: Entry = { ...file('a', bytes), content };
  const live = new LiveLayer();
  const first = await make(at.store, [known], live);
  const other = new LiveLayer();
  await make(at.store, [unknown], other);
  fs.writeFileSync(source, bytesFrom(4, 5000));
  assert.deepEqual(await make(at.store, [known], live), first);
  assert.notDeepEqual(await make(at.store, [unknown], other), first);
});

test('a layer that cannot be made leaves what is held', async () => {
  await using at = await temporaryStore();
  const live = new LiveLayer();
  const entries = Array.from({ length: 60 }, (_, index) => file(`f${index}`, bytesFrom(index, 9000)));
  const first = await make(at.store, entries, live);
  const gone: Entry = {
    ...file('f59', ''),
    sizeBytes: 1,
    content: { kind: 'path', path: path.join(at.folder, 'none') },
  };
  await assert.rejects(make(at.store, [...entries.slice(0, -1), gone], live), { code: 'file-changed-while-read' });
  assert.deepEqual(await make(at.store, entries, live), first);
});
