import assert from 'node:assert/strict';
import { test } from 'node:test';
import { globPattern } from '../../src/config/glob.ts';

test('a glob is over the whole name, and only * and ? are special', () => {
  const right = [
    ['*', ''],
    ['a*', 'a'],
    ['a*c', 'abbc'],
    ['?', 'x'],
    ['a.b', 'a.b'],
    ['(x|y)', '(x|y)'],
    ['a**b', 'ab'],
  ] as const;
  for (const [glob, text] of right) assert.ok(globPattern(glob).test(text), `${glob} ${text}`);
  const wrong = [
    ['a*', 'ba'],
    ['?', ''],
    ['a.b', 'axb'],
    ['(x|y)', 'x'],
    ['[ab]', 'a'],
    ['a', 'A'],
  ] as const;
  for (const [glob, text] of wrong) assert.ok(!globPattern(glob).test(text), `${glob} ${text}`);
});
