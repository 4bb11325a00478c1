import assert from 'node:assert/strict';
import { test } from 'node:test';
import { colourPaint, plainPaint, wantsColour } from '../../src/ui/paint.ts';

test('colours are for terminals that have them, unless the user says otherwise', () => {
  assert.equal(wantsColour({ TERM: 'xterm' }, true), true);
  assert.equal(wantsColour({ TERM: 'dumb' }, true), false);
  assert.equal(wantsColour({}, false), false);
  assert.equal(wantsColour({ NO_COLOR: '1' }, true), false);
  assert.equal(wantsColour({ NO_COLOR: '' }, true), true);
  assert.equal(wantsColour({ FORCE_COLOR: '1' }, false), true);
  assert.equal(wantsColour({ FORCE_COLOR: '0' }, true), false);
});

test('plain paint gives the text, colour the text in its look, and nothing stays nothing', () => {
  assert.equal(plainPaint('bad', 'x'), 'x');
  assert.equal(colourPaint('good', 'x'), '\u001B[32mx\u001B[39m');
  assert.equal(colourPaint('good', ''), '');
});
