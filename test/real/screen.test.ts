import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { heldBuild } from '../support/held-build.ts';
import { partsMissing } from '../support/real-parts.ts';
import { Rig } from '../support/rig.ts';
import { Terminal } from '../support/terminal.ts';

const skip = partsMissing('tmux');
const count = 12;
const spinner = /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/;
/** The image that is held fetches its package. */
const running = /^held {2}linux\/amd64 {2}base fresh; venv[^\n]*\n[^]*^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] fetch [^]*^\d+ of 15 layers built/m;
const names = Array.from({ length: count }, (_, index) => `t${index + 10}`);
const all = [...names, 'held'];

/** Without what differs from run to run; each of equal width where the screen keeps its columns. */
function filtered(text: string): string {
  return text
    .replaceAll(/sha256:[0-9a-f]{12,}…?/g, 'sha256:…')
    .replaceAll(/ \d+(?:\.\d+)? (?:ms|s|m \d\d s)\b/g, ' TIME')
    .replaceAll(/ \d+(?:\.\d+)? (?:[kMG]?B)\b/g, ' SIZE');
}

const built = [
  ...all.map((name) => `built    app of ${name} linux/amd64, SIZE in TIME (never built)`),
  'built    heavy 1.0, SIZE in TIME (never built)',
  'built    venv of held linux/amd64, SIZE in TIME (never built)',
];
const outputs = all.map((name) => `output   ${name} → .pycontainer/images/${name} sha256:… (sent SIZE, saved SIZE)`);
const results = all.map((name) => `${name} sha256:…`);

for (const columns of [40, 80, 200]) {
  test(
    `a build on a terminal of ${columns} columns shows how far it is, and leaves what it came to`,
    { skip },
    async () => {
      await using held = await heldBuild(names, ['held']);
      using terminal = new Terminal(held.rig, ['build'], { columns, rows: 16 });
      await terminal.see(running);
      held.release();
      assert.equal(await terminal.ended(), 0);
      const lines = filtered(terminal.text()).split('\n');
      assert.deepEqual(lines.slice(0, built.length).toSorted(), built.toSorted());
      const last = `done     ${built.length} layers built, 0 fresh, in TIME; sent SIZE, saved SIZE`;
      // Images are delivered side by side.
      assert.deepEqual(lines.slice(built.length, -results.length - 2).toSorted(), outputs.toSorted());
      assert.deepEqual(lines.slice(-results.length - 2), [last, ...results, 'exit 0']);
      assert.ok(terminal.isCursorShown);
    },
  );
}

/** What is drawn while it runs, at widths with other details: one task with its bar, whatever its figures. */
const snapshots = [
  [40, /^⠿ fetch heavy-1\.0-py3-none-any… {2} \d\d %$/m],
  [60, /^⠿ fetch heavy-1\.0-py3-n… {2}[█░]{10} {2}SIZE of SIZE$/m],
  [80, /^⠿ fetch heavy-1\.0-py3-none-… {2}[█░]{10} {2}SIZE of SIZE {2}TIME left$/m],
  [200, /^⠿ fetch heavy-1\.0-py3-none-any\.whl {6}[█░]{16} {2}SIZE of SIZE {2}SIZE\/s {2}TIME left$/m],
] as const;

for (const [columns, wanted] of snapshots) {
  test(`a terminal of ${columns} columns has room for so much about a task`, { skip }, async () => {
    await using held = await heldBuild([], ['held']);
    using terminal = new Terminal(held.rig, ['build'], { columns, rows: 16 });
    await terminal.see((text) => wanted.test(filtered(text).replaceAll(new RegExp(spinner, 'g'), '⠿')));
    terminal.press('C-c');
    assert.equal(await terminal.ended(), 130);
  });
}

/** What a build leaves on a terminal whose size changes meanwhile. */
async function resizedBuild(): Promise<string> {
  await using held = await heldBuild(names, ['held']);
  using terminal = new Terminal(held.rig, ['build'], { columns: 120, rows: 24 });
  await terminal.see(running);
  for (const [columns, rows] of [
    [50, 20],
    [40, 12],
    [100, 30],
  ] as const) {
    terminal.resize({ columns, rows });
    await terminal.see(running);
  }
  held.release();
  assert.equal(await terminal.ended(), 0);
  return terminal.text();
}

test('a terminal that is made smaller and larger while it runs keeps no trace of it', { skip }, async () => {
  const wanted = [built, outputs, ['done'], results, ['exit']].flat().map((line) => line.split(' ')[0]);
  let words: readonly (string | undefined)[] = [];
  // Nothing tells of a change that comes between the last look at the size and the next line.
  for (let attempt = 1; attempt <= 10 && words.join() !== wanted.join(); attempt += 1) {
    words = (await resizedBuild()).split('\n').map((line) => line.split(' ')[0]);
  }
  assert.deepEqual(words, wanted);
});

test('fifty images at once on a short terminal', { skip }, async () => {
  const many = Array.from({ length: 50 }, (_, index) => `i${index + 10}`);
  await using held = await heldBuild([], many);
  using terminal = new Terminal(held.rig, ['build'], { columns: 40, rows: 6 });
  await terminal.see(/^\d+ of 52 layers built/m);
  held.release();
  assert.equal(await terminal.ended(), 0);
  const lines = terminal.text().split('\n');
  assert.deepEqual(
    [/^built /, /^output /, /^done /, /^i\d\d sha256/, /^exit/].map(
      (kind) => lines.filter((line) => kind.test(line)).length,
    ),
    [52, 50, 1, 50, 1],
  );
  assert.equal(lines.length, 154);
});

test('a build that is stopped says so below what was finished, and gives the cursor back', { skip }, async () => {
  await using held = await heldBuild(names, ['held']);
  using terminal = new Terminal(held.rig, ['build'], { columns: 80, rows: 24 });
  await terminal.see(running);
  terminal.press('C-c');
  assert.equal(await terminal.ended(), 130);
  assert.match(terminal.text(), /^error\[interrupted\]: Stopped; what was finished is kept$/m);
  assert.doesNotMatch(terminal.text(), spinner);
  assert.ok(terminal.isCursorShown);
});

/** Apps without bases. */
function project(): Rig {
  const targets = names.map((name) => `  ${name}: { context: ${name} }\n`).join('');
  const manifest = `defaults: { base: scratch, cmd: [x], platforms: [linux/amd64] }\ntargets:\n${targets}`;
  const files = names.map((name) => [`${name}/main.py`, `print("${name}")\n`] as const);
  return new Rig({ 'pycontainer.yaml': manifest, ...Object.fromEntries(files) });
}

test('a build that fails half way leaves what was built, what failed and why', { skip }, async () => {
  await using held = await heldBuild(names, ['held']);
  const manifest = readFileSync(held.rig.path('pycontainer.yaml'), 'utf8');
  held.rig.write({
    'pycontainer.yaml': `${manifest}  last: { context: t21, outputs: [{ type: oci, dest: t10/main.py/out }] }\n`,
  });
  using terminal = new Terminal(held.rig, ['build'], { columns: 80, rows: 24 });
  await terminal.see(running);
  held.release();
  assert.equal(await terminal.ended(), 1);
  const text = terminal.text();
  assert.match(text, /^failed {3}last → t10\/main\.py\/out$/m);
  assert.match(text, /^output {3}t21 → [^]*\nerror\[output-unusable\]: /m);
  assert.doesNotMatch(text, spinner);
  assert.ok(terminal.isCursorShown);
});

test('a mistake in the manifest is shown with its place and a caret', { skip }, async () => {
  await using rig = new Rig({ 'pycontainer.yaml': 'targets:\n  a:\n    bse: scratch\n' });
  using terminal = new Terminal(rig, ['build'], { columns: 80, rows: 24 });
  assert.equal(await terminal.ended(), 2);
  assert.match(terminal.text(), /^error\[manifest-unknown-key\][^]*\n3 \| {5}bse: scratch\n {2}\| {5}\^\^\^$/m);
});

test('where there is nothing to draw on, lines are written as they come', { skip }, async () => {
  for (const env of [{ TERM: 'dumb' }, { CI: 'true' }]) {
    await using rig = project();
    using terminal = new Terminal(rig, ['build', 't10'], { columns: 80, rows: 24, env });
    assert.equal(await terminal.ended(), 0);
    assert.match(terminal.text(), /^stale {4}app of t10 linux\/amd64: never built$/m);
  }
});

test('init asks on a terminal, says what is wrong with an answer, and writes what was answered', { skip }, async () => {
  await using rig = new Rig({ 'main.py': 'print(1)\n' });
  using terminal = new Terminal(rig, ['init'], { columns: 80, rows: 24 });
  await terminal.see(/^\? Base {7}▏python:\d/m);
  terminal.press('Enter');
  await terminal.see(/^\? Platforms /m);
  terminal.type('arm65');
  terminal.press('Enter');
  await terminal.see(/^ {2}'arm65' is not a platform$/m);
  terminal.press('C-u');
  terminal.type('linux/arm64');
  terminal.press('Enter');
  await terminal.see(/^\? Registry {3}▏none/m);
  terminal.type('ghcr.io/acme');
  terminal.press('Enter');
  await terminal.see(/^\? Start /m);
  terminal.press('Enter');
  await terminal.see(/^\? Write this to pycontainer\.yaml\? /m);
  terminal.press('Enter');
  assert.equal(await terminal.ended(), 0);
  const text = readFileSync(rig.path('pycontainer.yaml'), 'utf8');
  assert.match(text, /^ {4}platforms: \[linux\/arm64\]\n {4}tags: \['ghcr\.io\/acme\/project:\$\{VERSION:-dev\}'\]$/m);
  assert.ok(terminal.isCursorShown);
});

test('init writes nothing where the answer is no, or the person leaves', { skip }, async () => {
  for (const [key, status] of [
    ['n', 0],
    ['C-c', 130],
  ] as const) {
    await using rig = new Rig({ 'main.py': 'print(1)\n' });
    using terminal = new Terminal(rig, ['init'], { columns: 80, rows: 24 });
    for (const label of ['Base', 'Platforms', 'Registry', 'Start']) {
      await terminal.see(new RegExp(`^\\? ${label} `, 'm'));
      terminal.press('Enter');
    }
    await terminal.see(/^\? Write this to pycontainer\.yaml\? /m);
    terminal.press(key);
    if (key !== 'C-c') terminal.press('Enter');
    assert.equal(await terminal.ended(), status);
    assert.equal(existsSync(rig.path('pycontainer.yaml')), false);
    assert.ok(terminal.isCursorShown);
  }
});
