import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { SelectedFiles } from '../../src/app/app-file.ts';
import { selectFiles } from '../../src/app/select.ts';
import { TreeMemory } from '../../src/app/tree-memory.ts';
import { temporaryFolder } from '../support/daemon.ts';

const folders = ['', 'a', 'a/b', 'a/b/c', 'd', 'd/a'];
const names = ['one.py', 'two.py', 'three.txt', 'key.pem', 'b', 'c', 'pyvenv.cfg', '.gitignore'];
const texts = ['', '*.txt\n', 'b/\n', '/a/b\n!one.py\n', '-----BEGIN PRIVATE KEY-----', 'x = 1\n'];

interface Edit {
  readonly kind: 'write' | 'remove' | 'move' | 'link' | 'mode';
  readonly folder: string;
  readonly name: string;
  readonly to: string;
  readonly text: string;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom('write', 'write', 'remove', 'move', 'link', 'mode'),
  folder: fc.constantFrom(...folders),
  name: fc.constantFrom(...names),
  to: fc.constantFrom(...folders),
  text: fc.constantFrom(...texts),
});

/** What a watch would name: the folders that hold what changed. undefined where a folder is gone or is another one. */
type Told = readonly string[] | undefined;

class Tree implements Disposable {
  readonly root = temporaryFolder('remembered');
  readonly memory = new TreeMemory();

  select(memory?: TreeMemory): SelectedFiles {
    const options = { context: this.root, include: ['a/b/c/one.py', 'd/a'], exclude: ['two.py'], ownOutputs: [] };
    return selectFiles({ ...options, ...(memory === undefined ? {} : { memory }) });
  }

  isRemembered(): void {
    assert.deepEqual(contents(this.select(this.memory)), contents(this.select()));
  }

  apply({ kind, folder, name, to, text }: Edit): Told {
    const place = path.join(this.root, folder);
    const file = path.join(place, name);
    const told = this.#makeFolder(place);
    const stats = fs.lstatSync(file, { throwIfNoEntry: false });
    if (stats?.isDirectory() === true && kind !== 'mode') return this.#moveFolder(kind, file, to);
    if (stats?.isSymbolicLink() === true) fs.rmSync(file);
    if (kind === 'write') fs.writeFileSync(file, text);
    else if (kind === 'link') relink(file, text.trim() === '' ? '..' : '../one.py');
    else if (stats?.isFile() !== true) return [...told, place];
    else if (kind === 'mode') fs.chmodSync(file, stats.mode ^ 0o100);
    else if (kind === 'remove') fs.rmSync(file);
    else return [...told, place, ...this.#moveFile(file, path.join(this.root, to))];
    return [...told, place];
  }

  [Symbol.dispose](): void {
    fs.rmSync(this.root, { recursive: true, force: true });
  }

  #makeFolder(place: string): readonly string[] {
    if (place === this.root) return [];
    const parent = path.dirname(place);
    const told = this.#makeFolder(parent);
    if (fs.lstatSync(place, { throwIfNoEntry: false })?.isDirectory() === true) return told;
    fs.rmSync(place, { force: true });
    fs.mkdirSync(place);
    return [...told, parent];
  }

  #moveFile(file: string, folder: string): readonly string[] {
    const told = this.#makeFolder(folder);
    const to = path.join(folder, path.basename(file));
    if (fs.lstatSync(to, { throwIfNoEntry: false })?.isDirectory() !== true) fs.renameSync(file, to);
    return [...told, folder];
  }

  #moveFolder(kind: Edit['kind'], folder: string, to: string): undefined {
    const target = path.join(this.root, to, 'moved');
    if (kind === 'remove') fs.rmSync(folder, { recursive: true });
    else if (kind === 'move' && !`${target}/`.startsWith(`${folder}/`)) {
      this.#makeFolder(path.dirname(target));
      fs.rmSync(target, { recursive: true, force: true });
      fs.renameSync(folder, target);
    }
  }
}

function relink(file: string, target: string): void {
  fs.rmSync(file, { force: true });
  fs.symlinkSync(target, file);
}

/** All but the order of folders. */
function contents({ folders: all, ...rest }: SelectedFiles): unknown {
  return { ...rest, folders: all.toSorted() };
}

test('a look at the folders that are told finds what a look at everything finds, however often and in whatever order they are told', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.array(edit, { maxLength: 5 }), fc.boolean(), fc.boolean()), { minLength: 1, maxLength: 8 }),
      (rounds) => {
        using tree = new Tree();
        tree.isRemembered();
        for (const [edits, isReversed, isTwice] of rounds) {
          const told = edits.flatMap((one): readonly (string | undefined)[] => tree.apply(one) ?? [undefined]);
          const order = isReversed ? told.toReversed() : told;
          for (const folder of isTwice ? [...order, ...order] : order) tree.memory.doubt(folder);
          tree.isRemembered();
        }
      },
    ),
    { numRuns: 100 },
  );
});

test('what was not told is found when everything is in doubt, or that folder', () => {
  using tree = new Tree();
  const edits = ['a', 'd'].map((folder): Edit => ({ kind: 'write', folder, name: 'one.py', to: '', text: '' }));
  for (const one of edits) tree.apply(one);
  tree.select(tree.memory);
  for (const one of edits) tree.apply({ ...one, name: 'three.txt' });
  const found = (): readonly string[] => tree.select(tree.memory).files.map((file) => file.path);
  assert.deepEqual(found(), ['a/one.py', 'd/one.py']);
  tree.memory.doubt(path.join(tree.root, 'a'));
  assert.deepEqual(found(), ['a/one.py', 'a/three.txt', 'd/one.py']);
  tree.memory.doubt();
  assert.deepEqual(found(), ['a/one.py', 'a/three.txt', 'd/one.py', 'd/three.txt']);
});

test('files in folders that are not in doubt are not looked at', (t) => {
  using tree = new Tree();
  for (const folder of ['a', 'd']) tree.apply({ kind: 'write', folder, name: 'one.py', to: '', text: '' });
  const before = tree.select(tree.memory);
  const looks = t.mock.method(tree.memory, 'file');
  tree.memory.doubt(path.join(tree.root, 'd'));
  assert.equal(tree.select(tree.memory), before);
  assert.deepEqual(
    looks.mock.calls.map(({ arguments: [source] }) => source),
    [path.join(tree.root, 'd/one.py')],
  );
});
