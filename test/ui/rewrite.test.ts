import assert from 'node:assert/strict';
import { test } from 'node:test';
import { array, assert as check, property, stringMatching } from 'fast-check';
import { rewritten } from '../../src/ui/rewrite.ts';
import { FakeScreen } from '../support/screen.ts';

const columns = 10;
const size = { columns, rows: 24, isResized: false };
const lines = array(stringMatching(/^[a-c]{0,14}$/), { maxLength: 6 });
const short = array(stringMatching(/^[a-c]{0,10}$/), { maxLength: 6 });
const rowsOf = (line: string): readonly string[] => line.match(/.{1,10}/g) ?? [''];

test('whatever stood there, what was to stand there stands there', () => {
  check(
    property(short, lines, short, (before, settled, live) => {
      const screen = new FakeScreen(columns);
      screen.write(rewritten([], before, size));
      screen.write(rewritten(before, [...settled, ...live], size));
      assert.deepEqual(screen.rows, [...settled, ...live].flatMap(rowsOf));
      screen.write(rewritten([...settled, ...live], [...settled, 'end'], size));
      assert.deepEqual(screen.rows, [...settled.flatMap(rowsOf), 'end']);
    }),
    { numRuns: 300 },
  );
});

test('only lines that differ are written', () => {
  assert.equal(rewritten(['a', 'b', 'c'], ['a', 'B', 'c'], size), '\u001B[2A\rB\n\n');
  assert.equal(rewritten(['a', 'bbb'], ['a', 'B'], size), '\u001B[1A\rB\u001B[K\n');
  assert.equal(rewritten(['a', 'b'], ['a', 'b'], size), '');
  assert.equal(rewritten(['a', 'b', 'c'], ['a'], size), '\u001B[2A\r\u001B[2K\n\u001B[2K\n\u001B[2A\r');
  assert.equal(rewritten(['a'], ['a', 'b'], size), 'b\n');
});

test('colours take no room', () => {
  const red = '\u001B[31mabc\u001B[39m';
  assert.equal(rewritten(['abc'], [red], size), `\u001B[1A\r${red}\n`);
});

test('after a change of size the rows that old lines take now are taken away', () => {
  const clear = '\u001B[2K\n';
  const narrow = { columns: 4, rows: 24, isResized: true };
  assert.equal(rewritten(['x', 'aaaaaaaaa', ''], ['x', 'b'], narrow), `\u001B[4A\r${clear.repeat(4)}\u001B[4A\rb\n`);
  assert.equal(
    rewritten(['aaaaaaaaa', 'a'], ['b'], { ...narrow, rows: 3 }),
    `\u001B[2A\r${clear.repeat(2)}\u001B[2A\rb\n`,
  );
});
