import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inherit } from '../../src/config/extends.ts';
import { mistakes, resolve, yaml } from './manifests.ts';

const targets = resolve(`
defaults:
  workdir: /srv
  tags: ["acme/\${target}"]
  environment: {A: defaults, B: defaults, C: defaults}
targets:
  base:
    tags: [acme/own]
    outputs: [{type: registry}]
    environment: {B: base, C: base, NAME: "\${target}"}
    ports: [1, 2]
  middle:
    extends: base
    environment: {C: middle}
  top:
    extends: middle
    ports: [3]
  alone: {}
`).targets;

test('defaults lie below, what is extended above them, and a target’s own on top', () => {
  assert.deepEqual(targets.get('top')?.environment, { A: 'defaults', B: 'base', C: 'middle', NAME: 'top' });
  assert.deepEqual(targets.get('base')?.environment, { A: 'defaults', B: 'base', C: 'base', NAME: 'base' });
  assert.deepEqual(targets.get('alone')?.environment, { A: 'defaults', B: 'defaults', C: 'defaults' });
});

test('lists replace', () => {
  assert.deepEqual(targets.get('middle')?.ports, ['1', '2']);
  assert.deepEqual(targets.get('top')?.ports, ['3']);
});

test('tags and outputs are not carried, those of defaults are', () => {
  assert.deepEqual(targets.get('base')?.tags, ['acme/own']);
  assert.deepEqual(targets.get('top')?.tags, ['acme/top']);
  assert.deepEqual(targets.get('top')?.outputs, []);
});

test('what is inherited has the place where it is written', () => {
  const top = targets.get('top');
  assert.equal(top?.location.line, 15);
  assert.equal(top?.locate(['environment', 'B']).line, 10);
  assert.equal(top?.locate(['workdir']).line, 3);
});

test('run is not carried', () => {
  const sections = new Map([
    ['a', yaml('{run: {network: host}, workdir: /a}')],
    ['b', yaml('{extends: a}')],
  ]);
  const b = inherit(sections, undefined, []).get('b');
  assert.ok(b?.kind === 'map');
  assert.deepEqual([...b.entries.keys()], ['workdir']);
});

test('a target that extends itself, and one that extends a circle', () => {
  const text = mistakes('targets:\n  a: {extends: a}\n  b: {extends: a}\n');
  assert.deepEqual(text.match(/^error.*$/gm), ['error[manifest-extends]: extends goes in a circle: a → a']);
});

test('a long chain is followed', () => {
  const lines = Array.from({ length: 300 }, (_, index) => `  t${index + 1}: {extends: t${index}}`);
  const chain = resolve(`targets:\n  t0: {workdir: /x}\n${lines.join('\n')}\n`);
  assert.equal(chain.targets.get('t300')?.workdir, '/x');
});

test('extends takes one name', () => {
  for (const value of ['[a]', '{}', '']) {
    assert.match(
      mistakes(`targets:\n  a: {}\n  b:\n    extends: ${value}\n`),
      /'extends' takes the name of one target/,
      value,
    );
  }
});

test('defaults extend nothing', () => {
  assert.match(mistakes('defaults: {extends: a}\ntargets: {a: {}}'), /'extends' is not a key of defaults/);
});

test('a variable that is not set makes no further mistakes', () => {
  const text = mistakes('targets: {a: {tags: ["x/y${V}"]}, b: {tags: ["x/y${V}"]}, c: {ports: ["${V}"]}}');
  const titles = [...new Set(text.match(/^error.*$/gm))];
  assert.deepEqual(titles, ['error[manifest-variable]: The variable V is not set']);
});

test('a mistake in defaults is told even where every target says otherwise', () => {
  assert.match(
    mistakes('defaults: {platforms: [x]}\ntargets: {a: {platforms: [linux/amd64]}}'),
    /'x' is not a platform/,
  );
});
