import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { settingsOf } from './settings.ts';

const lists = { all: ['layers', 'builds', 'soak'], usual: ['layers', 'builds'], goals: ['builds'] };

test('with no section named, the usual ones run, on small inputs', () => {
  const { sections, scale, runs, isBrief } = settingsOf([], lists);
  assert.deepEqual(
    { sections, scale, runs, isBrief },
    { sections: lists.usual, scale: 'small', runs: 5, isBrief: false },
  );
});

test('sections run in the order that the bench gives them', () => {
  assert.deepEqual(settingsOf(['soak', 'layers'], lists).sections, ['layers', 'soak']);
});

test('`goals` stands for the sections with goals, in full and in brief', () => {
  const { sections, scale, isBrief } = settingsOf(['goals'], lists);
  assert.deepEqual({ sections, scale, isBrief }, { sections: lists.goals, scale: 'full', isBrief: true });
  assert.deepEqual(settingsOf(['goals', 'layers', '--scale', 'small'], lists).sections, ['layers']);
});

test('times are given in seconds and minutes', () => {
  const { limitMs, minutes, wheels } = settingsOf(['--limit', '2', '--minutes', '3', '--wheels', 'x'], lists);
  assert.deepEqual({ limitMs, minutes, wheels }, { limitMs: 2000, minutes: 3, wheels: path.resolve('x') });
});

for (const [args, message] of [
  [['layer'], 'no section is called layer: there are layers, builds, soak'],
  [['--scale', 'huge'], '--scale is small or full'],
  [['--runs', 'many'], '--runs is a positive number'],
  [['--runs', '0'], '--runs is a positive number'],
] as const) {
  test(`"${args.join(' ')}" is refused`, () => {
    assert.throws(() => settingsOf(args, lists), { message });
  });
}
