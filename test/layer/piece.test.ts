import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Entry } from '../../src/layer/entry.ts';
import { orderedEntries } from '../../src/layer/order.ts';
import { coarse, type Cutting, cutPieces, Cuts, fine, type Piece, pieceBytes } from '../../src/layer/piece.ts';
import { directory, file } from './trees.ts';

const kilobyte = 1024;

function cut(entries: readonly Entry[], cutting: Cutting = coarse): Piece[] {
  return cutPieces(orderedEntries(entries), 0, () => false, undefined, cutting);
}

/** The first path of each batch, by which its place is known. */
function starts(entries: readonly Entry[], cutting: Cutting): string[] {
  return cut(entries, cutting).map((piece) => {
    if (piece.kind === 'file') return piece.entry.path;
    return Buffer.from(piece.literals).toString('latin1', 0, 100);
  });
}

const sizes = fc.array(fc.integer({ min: 0, max: 60_000 }), { minLength: 100, maxLength: 200 });
const sized = (lengths: readonly number[]): Entry[] =>
  lengths.map((length, index) => file(`src/f${index}`, Buffer.alloc(length)));

for (const [name, cutting, [least, most]] of [
  ['128 to 256 KiB', coarse, [128, 256]],
  ['48 to 112 KiB where they are fine', fine, [48, 112]],
] as const) {
  test(`batches of small files have ${name}, but for the one at an end`, () => {
    fc.assert(
      fc.property(sizes, (lengths) => {
        const pieces = cut(sized(lengths), cutting);
        for (const [index, piece] of pieces.entries()) {
          assert.ok(pieceBytes(piece) <= most * kilobyte + 2 * kilobyte);
          if (index < pieces.length - 1) assert.ok(pieceBytes(piece) >= least * kilobyte);
        }
      }),
      { numRuns: 50 },
    );
  });
}

test('beside the cuts of a tar before, all is cut as it is alone, and most pieces are those of before', () => {
  const edits = fc.array(
    fc.tuple(fc.nat(), fc.constantFrom('add', 'remove', 'change'), fc.constantFrom(0, 5000, 70_000)),
  );
  let held = 0;
  fc.assert(
    fc.property(sizes, fc.array(edits, { maxLength: 4 }), (lengths, rounds) => {
      const cuts = new Cuts();
      let entries: readonly Entry[] = sized(lengths);
      let before = new Set<Piece>();
      for (const [round, edited] of [[], ...rounds].entries()) {
        for (const [at, kind, size] of edited) {
          const index = at % (entries.length + 1);
          const fresh = kind === 'remove' ? [] : [file(`src/f${index}-${round}`, Buffer.alloc(size))];
          entries = entries.toSpliced(index, kind === 'add' ? 0 : 1, ...fresh);
        }
        const ordered = orderedEntries([...new Map(entries.map((entry) => [entry.path, entry])).values()]);
        const pieces = cutPieces(ordered, 0, () => false, cuts);
        assert.deepEqual(
          pieces,
          cutPieces(ordered, 0, () => false),
        );
        held += pieces.filter((piece) => before.has(piece)).length;
        before = new Set(pieces);
      }
    }),
    { numRuns: 30 },
  );
  assert.ok(held > 0);
});

for (const [name, cutting] of Object.entries({ coarse, fine }))
  test(`a file that comes, goes or changes its size moves few cuts, ${name}`, () => movesFew(cutting));

function movesFew(cutting: Cutting): void {
  let moved = 0;
  let runs = 0;
  fc.assert(
    fc.property(sizes, fc.nat(), fc.constantFrom('add', 'remove', 'grow'), (lengths, at, kind) => {
      const entries = sized(lengths);
      const index = at % entries.length;
      const changed = entries.flatMap((entry, here) => {
        if (here !== index) return [entry];
        if (kind === 'remove') return [];
        return kind === 'add' ? [entry, file(`${entry.path}-new`, 'x')] : [file(entry.path, Buffer.alloc(30_000))];
      });
      const before = new Set(starts(entries, cutting));
      moved += starts(changed, cutting).filter((start) => !before.has(start)).length;
      runs++;
    }),
    { numRuns: 100 },
  );
  assert.ok(moved / runs < 3, `${moved / runs} cuts moved on average`);
}

test('large files stand alone, without header and padding', () => {
  const pieces = cut([directory('d'), file('d/a', Buffer.alloc(64 * kilobyte + 1)), file('d/b', Buffer.alloc(9))]);
  assert.deepEqual(
    pieces.map((piece) => [piece.kind, pieceBytes(piece)]),
    [
      ['batch', 2 * 512],
      ['file', 64 * kilobyte + 1],
      ['batch', 511 + 512 + 9 + 503 + 1024],
    ],
  );
});

test('an empty layer is two zero blocks', () => {
  assert.deepEqual(
    cut([]).map((piece) => pieceBytes(piece)),
    [1024],
  );
});
