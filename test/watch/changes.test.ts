import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { AppFile } from '../../src/app/app-file.ts';
import { HashMemory, otherHashes } from '../../src/app/hashes.ts';
import { Seen } from '../../src/plan/gather/seen.ts';
import { changedEvent, changesBetween } from '../../src/watch/changes.ts';

let inodes = 0n;

function file(path: string, more: Partial<AppFile> = {}): AppFile {
  const identity = { mtimeNs: 1n, ctimeNs: 1n, inode: (inodes += 1n) };
  return { path, source: `/app/${path}`, type: 'file', sizeBytes: 1, executable: false, identity, ...more };
}

/** A look at files with these hashes. */
function seen(files: readonly (readonly [AppFile, string])[]): Seen {
  const look = new Seen();
  const hashes = new Map(files.map(([{ path }, sha256]) => [path, sha256]));
  look.choice('app', { files: files.map(([one]) => one), hashes }, []);
  return look;
}

function told(before: Seen, now: Seen): readonly string[] {
  return changedEvent(changesBetween(before, now), '/app').paths;
}

test('what came, went, or has other bytes is told, and what was only touched is not', () => {
  const [a, b, c] = [file('a'), file('b'), file('c')];
  const before = seen([
    [a, '1'],
    [b, '1'],
    [c, '1'],
  ]);
  assert.deepEqual(
    told(
      before,
      seen([
        [file('a'), '1'],
        [b, '2'],
        [file('d'), '1'],
      ]),
    ),
    ['b', 'c', 'd'],
  );
  assert.deepEqual(
    told(
      before,
      seen([
        [file('a', { executable: true }), '1'],
        [b, '1'],
        [c, '1'],
      ]),
    ),
    ['a'],
  );
  assert.deepEqual(told(before, before), []);
  assert.deepEqual(told(new Seen(), before), ['a', 'b', 'c']);
});

const step = fc.array(fc.tuple(fc.nat(9), fc.constantFrom('1', '2', '3', 'gone')), { maxLength: 4 });

test('hashes that are others are the same whether the one map was made from the other or not', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 6 }), (steps) => {
      const memory = new HashMemory();
      let files: readonly AppFile[] = [];
      let before: ReadonlyMap<string, string> = memory.complete([], new Map());
      for (const changes of steps) {
        const changed = new Map(changes.map(([index, sha256]) => [`f${index}`, sha256]));
        const kept = files.filter(({ path }) => !changed.has(path));
        const fresh = [...changed].flatMap(([path, sha256]) =>
          sha256 === 'gone' ? [] : [[file(path), sha256] as const],
        );
        files = [...kept, ...fresh.map(([one]) => one)].toSorted((a, b) => (a.path < b.path ? -1 : 1));
        const found = new Map(fresh.map(([one, sha256]) => [one, { sha256, atNs: 10n ** 18n }]));
        const now = memory.complete(files, found);
        assert.deepEqual(new Set(now.keys()), new Set(files.map(({ path }) => path)));
        assert.deepEqual(otherHashes(before, now), otherHashes(new Map(before), new Map(now)));
        before = now;
      }
    }),
    { numRuns: 200 },
  );
});
