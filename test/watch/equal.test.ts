import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { WatchedProject } from './watched-project.ts';

const names = ['main.py', 'shop/a.py', 'shop/b.py', 'shop/deep/c.py', 'data/large.bin', 'other/d.txt', 'shop/link'];
const folders = ['shop', 'shop/deep', 'data', 'other', 'new'];

const edit = fc.oneof(
  fc.record({ kind: fc.constant('write'), name: fc.constantFrom(...names), size: fc.nat(300_000), seed: fc.nat() }),
  fc.record({ kind: fc.constant('append'), name: fc.constantFrom(...names), size: fc.nat(10), seed: fc.nat() }),
  fc.record({
    kind: fc.constant('remove'),
    name: fc.constantFrom(...names, ...folders),
    size: fc.nat(),
    seed: fc.nat(),
  }),
  fc.record({
    kind: fc.constant('move'),
    name: fc.constantFrom(...names, ...folders),
    size: fc.nat(),
    seed: fc.nat(4),
  }),
  fc.record({ kind: fc.constant('mode'), name: fc.constantFrom(...names), size: fc.nat(), seed: fc.nat() }),
  fc.record({ kind: fc.constant('link'), name: fc.constantFrom(...names), size: fc.nat(), seed: fc.nat(4) }),
  fc.record({ kind: fc.constant('touch'), name: fc.constantFrom(...names), size: fc.nat(), seed: fc.nat() }),
  fc.record({ kind: fc.constant('ignore'), name: fc.constantFrom(...names), size: fc.nat(), seed: fc.nat(3) }),
);

/** What leaves all files where they are. */
const save = edit.filter(({ kind }) => ['append', 'write', 'mode', 'touch'].includes(kind));
const edits = fc.oneof(fc.array(edit, { minLength: 1, maxLength: 8 }), fc.array(save, { minLength: 1, maxLength: 2 }));

type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

function apply(root: string, { kind, name, size, seed }: Edit): void {
  const file = path.join(root, name);
  const stats = fs.lstatSync(file, { throwIfNoEntry: false });
  if (kind === 'remove') fs.rmSync(file, { recursive: true, force: true });
  else if (kind === 'move' && stats !== undefined)
    moveTo(file, path.join(root, folders[seed] ?? '', `moved${size % 5}`));
  else if (kind === 'mode' && stats?.isFile() === true) fs.chmodSync(file, stats.mode ^ 0o100);
  else if (kind === 'touch' && stats?.isFile() === true) fs.utimesSync(file, seed % 1e9, seed % 1e9);
  else if (kind === 'ignore')
    fs.writeFileSync(path.join(root, '.gitignore'), ['', 'shop/\n', '*.py\n!main.py\n', 'data\n'][seed] ?? '');
  else if (kind === 'write' || kind === 'append' || kind === 'link') replace(file, { kind, name, size, seed });
}

function moveTo(from: string, to: string): void {
  if (`${to}/`.startsWith(`${from}/`)) return;
  fs.mkdirSync(path.dirname(to), { recursive: true });
  fs.rmSync(to, { recursive: true, force: true });
  fs.renameSync(from, to);
}

function replace(file: string, { kind, size, seed }: Edit): void {
  const parent = path.dirname(file);
  if (fs.lstatSync(parent, { throwIfNoEntry: false })?.isDirectory() === false) fs.rmSync(parent);
  fs.mkdirSync(parent, { recursive: true });
  if (kind !== 'append' || fs.lstatSync(file, { throwIfNoEntry: false })?.isFile() !== true)
    fs.rmSync(file, { recursive: true, force: true });
  if (kind === 'link') fs.symlinkSync(['a.py', 'nowhere', '../main.py', '/etc/passwd', 'b.py'][seed] ?? 'x', file);
  else fs.appendFileSync(file, Buffer.alloc(size, `${seed} `));
}

const project = { 'pyproject.toml': '[project]\nname = "shop"\nversion = "1"\n' };

// Without a project of its own, an app comes to what it came to before but for the files that were saved.
for (const [name, more, numRuns] of [
  ['', project, 25],
  [' of an app that is no project', {}, 40],
] as const) {
  test(`after any edits the image${name} is, byte for byte, that of a build from nothing`, async () => {
    await using watched = await WatchedProject.start({
      'pycontainer.yaml':
        'targets: {api: {base: "oci:../base", cmd: [python]}, other: {base: "oci:../base", cmd: [python], include: [data], context: .}}',
      ...more,
      ...Object.fromEntries(names.map((file) => [file, `${file}\n`])),
    });
    await fc.assert(
      fc.asyncProperty(edits, async (all) => {
        for (const one of all) apply(watched.project.folder, one);
        watched.project.write({ 'main.py': 'x = 1\n', ...more });
        await watched.isAsFromNothing();
      }),
      { numRuns },
    );
  });
}
