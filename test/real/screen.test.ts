import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { partsMissing } from '../support/real-parts.ts';
import { Rig } from '../support/rig.ts';
import { Terminal } from '../support/terminal.ts';

const skip = partsMissing('tmux');
const count = 12;
const spinner = /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/;
const running = /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] app of [^]*\d+ of 12 layers built/;
const names = Array.from({ length: count }, (_, index) => `t${index + 10}`);

/** Targets whose layers take a while. */
function project(): Rig {
  const targets = names.map((name) => `  ${name}: { context: ${name} }\n`).join('');
  const files = names.map((name) => [`${name}/data.bin`, randomBytes(3_000_000)] as const);
  const manifest = `defaults: { base: scratch, cmd: [x], platforms: [linux/amd64] }\ntargets:\n${targets}`;
  return new Rig({ 'pycontainer.yaml': manifest, ...Object.fromEntries(files) });
}

/** One line, without what differs from run to run or with the terminal's width. */
function filtered(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/sha256:[0-9a-f]{12,}…?/g, 'sha256:…')
    .replaceAll(/\d+(?:\.\d+)? (?:ms|s|m \d\d s)\b/g, 'TIME')
    .replaceAll(/\d+(?:\.\d+)? (?:[kMG]?B)\b/g, 'SIZE');
}

const outputs = names.map(
  (name) => `output ${name} → .pycontainer/images/${name} sha256:… (3 blobs written, SIZE; 0 there already)`,
);
const results = names.map((name) => `${name} sha256:…`);

for (const columns of [40, 80, 200]) {
  test(
    `a build on a terminal of ${columns} columns shows how far it is, and leaves what it came to`,
    { skip },
    async () => {
      await using rig = project();
      using terminal = new Terminal(rig, ['build'], { columns, rows: 16 });
      await terminal.see(running);
      assert.equal(await terminal.ended(), 0);
      const text = filtered(terminal.text());
      const [above = ''] = text.split(' done ');
      assert.deepEqual(
        above.split(/ (?=built app)/).toSorted(),
        names.map((name) => `built app of ${name} linux/amd64, SIZE in TIME (never built)`),
      );
      const below = [`done ${count} layers built, 0 fresh, in TIME`, ...outputs, ...results].join(' ');
      assert.ok(text.slice(above.length + 1).startsWith(below), text);
      assert.ok(!/\n{2}/.test(terminal.text()));
      assert.ok(terminal.isCursorShown);
    },
  );
}

test('a build that is stopped says so below what was finished, and gives the cursor back', { skip }, async () => {
  await using rig = project();
  using terminal = new Terminal(rig, ['build'], { columns: 80, rows: 24 });
  await terminal.see(running);
  terminal.press('C-c');
  assert.equal(await terminal.ended(), 130);
  assert.match(terminal.text(), /^error\[interrupted\]: Stopped; what was finished is kept$/m);
  assert.doesNotMatch(terminal.text(), spinner);
  assert.ok(terminal.isCursorShown);
});

test('a build that fails shows the place and the caret below the screen', { skip }, async () => {
  await using rig = new Rig({ 'pycontainer.yaml': 'targets:\n  a:\n    bse: scratch\n' });
  using terminal = new Terminal(rig, ['build'], { columns: 80, rows: 24 });
  assert.equal(await terminal.ended(), 2);
  assert.match(terminal.text(), /^error\[manifest-unknown-key\][^]*\n3 \| {5}bse: scratch\n {2}\| {5}\^\^\^$/m);
});

test('init asks on a terminal before it writes', { skip }, async () => {
  for (const [key, status, written] of [
    ['y', 0, true],
    ['n', 0, false],
    ['C-c', 130, false],
  ] as const) {
    await using rig = new Rig({ 'main.py': 'print(1)\n' });
    using terminal = new Terminal(rig, ['init'], { columns: 80, rows: 24 });
    await terminal.see(/Write this to pycontainer\.yaml\? \[Y\/n\]/);
    terminal.press(key);
    if (key !== 'C-c') terminal.press('Enter');
    assert.equal(await terminal.ended(), status);
    assert.equal(existsSync(rig.path('pycontainer.yaml')), written);
  }
});
