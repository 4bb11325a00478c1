import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Entry } from '../../src/layer/entry.ts';
import { LastOrder, orderedEntries } from '../../src/layer/order.ts';
import { replacedIn, withReplaced } from '../../src/layer/replaced.ts';
import { directory, file, symlink } from './trees.ts';

test('what took the place of another of its path and type is told', () => {
  const [a, b, c] = [file('a', '1'), file('b', '1'), directory('c')];
  const other = file('b', '2');
  assert.deepEqual(replacedIn([a, b, c], [a, other, c]), new Map([[b, other]]));
  assert.deepEqual(replacedIn([a, b, c], [a, b, c]), new Map());
  assert.deepEqual(withReplaced([c, b, a], new Map([[b, other]])), [c, other, a]);
});

test('where more changed, nothing is told', () => {
  const [a, b] = [file('a', '1'), file('b', '1')];
  for (const now of [[a], [a, b, b], [b, a], [a, file('c', '1')], [a, symlink('b', 'a')]])
    assert.equal(replacedIn<Entry>([a, b], now), undefined);
  const many = Array.from({ length: 100 }, (_, index) => file(`${index}`, 'x'));
  assert.equal(
    replacedIn(
      many,
      many.map(({ path }) => file(path, 'y')),
    ),
    undefined,
  );
});

const edit = fc.record({ at: fc.nat(), kind: fc.constantFrom('replace', 'remove', 'add', 'link') });

test('behind another layer, entries are ordered as they are alone', () => {
  fc.assert(
    fc.property(fc.array(fc.array(edit, { maxLength: 3 }), { maxLength: 6 }), (rounds) => {
      const last = new LastOrder();
      let entries: readonly Entry[] = Array.from({ length: 20 }, (_, index) => file(`f${(index * 7) % 20}`, 'x'));
      for (const [round, edits] of rounds.entries()) {
        for (const { at, kind } of edits) {
          const index = at % entries.length;
          const { path } = entries[index] ?? file('none', '');
          const fresh: readonly Entry[] =
            kind === 'remove'
              ? []
              : kind === 'link'
                ? [{ ...file(path, ''), type: 'hardlink', target: 'first' }]
                : [file(kind === 'add' ? `g${round}-${at}` : path, `${round}`)];
          entries = entries.toSpliced(index, kind === 'add' ? 0 : 1, ...fresh);
        }
        const all = [...new Map([file('first', ''), ...entries].map((entry) => [entry.path, entry])).values()];
        assert.deepEqual(orderedEntries(all, last), orderedEntries(all));
      }
    }),
    { numRuns: 100 },
  );
});

test('an entry that cannot stand in a layer is refused in the place of another too', () => {
  const last = new LastOrder();
  const good = file('a', 'x');
  orderedEntries([good], last);
  assert.throws(() => orderedEntries([{ ...good, mode: 0o10000 }], last), { code: 'layer-entry-invalid' });
  assert.deepEqual(orderedEntries([good], last), [good]);
});
