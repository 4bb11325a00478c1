import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { array, assert as check, property, stringMatching, tuple } from 'fast-check';
import { openCanvas } from '../../src/ui/canvas.ts';
import { FakeScreen } from '../support/screen.ts';

const columns = 10;
const rowsOf = (line: string): readonly string[] => line.match(/.{1,10}/g) ?? [''];
const lines = array(stringMatching(/^[a-c]{0,14}$/), { maxLength: 4 });
const short = array(stringMatching(/^[a-c]{0,10}$/), { maxLength: 4 });

function terminal(write: (text: string) => void): NodeJS.WriteStream {
  return { columns, rows: 24, write } as unknown as NodeJS.WriteStream;
}

test('what is settled stands above in its order, once, and the live lines below it, until they are taken away', () => {
  check(
    property(array(tuple(lines, short), { maxLength: 5 }), lines, (draws, last) => {
      const screen = new FakeScreen(columns);
      const canvas = openCanvas(terminal((text) => screen.write(text)));
      const above: string[] = [];
      for (const [settled, live] of draws) {
        canvas.draw(settled, live);
        above.push(...settled);
        assert.deepEqual(screen.rows, [...above, ...live].flatMap(rowsOf));
      }
      canvas.end(last);
      assert.deepEqual(screen.rows, [...above, ...last].flatMap(rowsOf));
    }),
    { numRuns: 200 },
  );
});

test('what is the same as before is not written', () => {
  const written: string[] = [];
  const canvas = openCanvas(terminal((text) => written.push(text)));
  canvas.draw([], ['a', 'b']);
  const before = written.length;
  canvas.draw([], ['a', 'b']);
  assert.equal(written.length, before);
  canvas.end([]);
});

test('the cursor is hidden meanwhile, and shown where the process ends before', () => {
  const written: string[] = [];
  const known = process.listeners('exit');
  const canvas = openCanvas(terminal((text) => written.push(text)));
  assert.deepEqual(written, ['\u001B[?25l']);
  const [atExit] = process.listeners('exit').filter((listener) => !known.includes(listener));
  atExit?.(0);
  assert.equal(written.at(-1), '\u001B[?25h');
  canvas.draw([], ['a']);
  canvas.end([]);
  assert.equal(written.at(-1), '\u001B[?25h');
  assert.deepEqual(process.listeners('exit'), known);
});

test('the cursor is shown where a signal ends the process', () => {
  const canvas = JSON.stringify(new URL('../../src/ui/canvas.ts', import.meta.url).href);
  const program = `
    const { openCanvas } = await import(${canvas});
    openCanvas(process.stdout).draw([], ['a']);
    process.kill(process.pid, 'SIGHUP');
    setInterval(() => undefined, 1000);
  `;
  const args = ['--input-type=module', '--eval', program];
  const { signal, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.equal(signal, 'SIGHUP');
  assert.match(stdout, /a\n.*\?25h$/);
});
