import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { plainPaint } from '../../src/ui/paint.ts';
import { openScreen } from '../../src/ui/screen.ts';

test('a screen is drawn at once and after a change of size; what is settled is told once, and nothing after its end', () => {
  const terminal = Object.assign(new EventEmitter(), { columns: 80, rows: 24 });
  const told: unknown[] = [];
  const screen = openScreen({
    terminal: terminal as unknown as NodeJS.WriteStream,
    canvas: {
      draw: (settled, live) => told.push(['draw', settled, live]),
      end: (settled) => told.push(['end', settled]),
    },
    paint: plainPaint,
    lines: ({ columns }) => [[{ text: String(columns) }]],
    isMoving: () => false,
  });
  assert.deepEqual(told, [['draw', [], ['80']]]);
  screen.settle([{ role: 'good', word: 'built', text: 'a' }]);
  terminal.columns = 40;
  terminal.emit('resize');
  assert.deepEqual(told.at(-1), ['draw', ['built    a'], ['40']]);
  screen.settle([{ role: 'good', word: 'built', text: 'b' }]);
  screen.close();
  assert.deepEqual(told.at(-1), ['end', ['built    b']]);
  const before = told.length;
  terminal.emit('resize');
  assert.equal(told.length, before);
  assert.equal(terminal.listenerCount('resize'), 0);
});
