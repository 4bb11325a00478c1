import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mistakes, resolve } from './manifests.ts';

test('a target may stand on another, and copy from another, wherever they are declared', () => {
  const { targets } = resolve(`targets:
  api: {base: "target:core", files: [{src: /x, dest: y, from: "target:assets"}]}
  core: {}
  assets: {base: "target:core"}
`);
  assert.deepEqual(targets.get('api')?.base, { kind: 'target', name: 'core' });
  assert.deepEqual(targets.get('api')?.files[0]?.from, { kind: 'target', name: 'assets' });
});

test('a base target that is not there is told with its place and the nearest name', () => {
  assert.equal(
    mistakes('targets:\n  api: {base: "target:cor"}\n  core: {}\n'),
    `error[manifest-invalid]: No target is named 'cor'
 --> pycontainer.yaml:2:15
  |
2 |   api: {base: "target:cor"}
  |               ^^^^^^^^^^^^
  = help: Did you mean 'core'?`,
  );
});

test('what cannot be read is there all the same', () => {
  assert.doesNotMatch(mistakes('targets:\n  api: {base: "target:core"}\n  core: {cmd: 1}\n'), /No target is named/);
});

for (const [what, sections, path] of [
  ['itself', ['a: {base: "target:a"}'], 'a → a'],
  ['each other', ['a: {base: "target:b"}', 'b: {base: "target:a"}'], 'a → b → a'],
  [
    'each other through what they copy',
    ['a: {base: "target:b"}', 'b: {files: [{src: /x, dest: y, from: "target:c"}]}', 'c: {base: "target:a"}'],
    'a → b → c → a',
  ],
  ['a circle further down', ['x: {base: "target:a"}', 'a: {base: "target:b"}', 'b: {base: "target:a"}'], 'a → b → a'],
] as const) {
  test(`targets that stand on ${what} are refused with their path, once`, () => {
    const text = mistakes(`targets:\n${sections.map((section) => `  ${section}\n`).join('')}`);
    assert.match(text, new RegExp(`^error\\[manifest-invalid\\]: targets stand on each other in a circle: ${path}\n`));
    assert.equal(text.split('in a circle').length, 2);
    assert.match(text, /pycontainer\.yaml:\d+:\d+/);
  });
}

test('many targets on one, and one on many, are no circle', () => {
  const names = Array.from({ length: 12 }, (_, index) => `t${index}`);
  const sections = names.map((name, index) => {
    const below = names.slice(index + 1).map((other) => `{src: /x, dest: ${other}, from: "target:${other}"}`);
    return `  ${name}: {files: [${below.join(', ')}]}\n`;
  });
  assert.equal(mistakes(`targets:\n${sections.join('')}`), '');
});

test('--set may give a target another base target, and is checked like the manifest', () => {
  const manifest = 'targets: {api: {}, core: {}}';
  assert.deepEqual(resolve(manifest, { set: ['api.base=target:core'] }).targets.get('api')?.base, {
    kind: 'target',
    name: 'core',
  });
  assert.match(mistakes(manifest, { set: ['*.base=target:core'] }), /in a circle: core → core/);
});
