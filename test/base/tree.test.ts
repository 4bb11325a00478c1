import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { LayerFile } from '../../src/base/layer-files.ts';
import { Tree } from '../../src/base/tree.ts';

type Shape = string | { readonly link: string } | { readonly hard: string } | null;

/** A layer: a text is a file, null a folder. */
function layer(files: Readonly<Record<string, Shape>>): LayerFile[] {
  const common = { mode: 0o644, uid: 0, gid: 0 };
  return Object.entries(files).map(([path, shape]): LayerFile => {
    if (shape === null) return { ...common, path, type: 'directory', mode: 0o755 };
    if (typeof shape === 'string') return { ...common, path, type: 'file', text: shape };
    return 'link' in shape
      ? { ...common, path, type: 'symlink', target: shape.link }
      : { ...common, path, type: 'hardlink', target: shape.hard };
  });
}

function treeOf(...layers: Readonly<Record<string, Shape>>[]): Tree {
  const tree = new Tree();
  for (const files of layers) tree.apply(layer(files));
  return tree;
}

function names(tree: Tree, path: string): string[] {
  return tree.list(path).map(([name]) => name);
}

test('a whiteout hides the file of the layer below, not of its own layer, in any order', () => {
  const below = { 'etc/a': 'old', 'etc/b': 'old' };
  const tree = treeOf(below, { 'etc/a': 'new', 'etc/.wh.a': '', 'etc/.wh.b': '' });
  assert.deepEqual(names(tree, '/etc'), ['a']);
  assert.equal(tree.file('/etc/a')?.node.text, 'new');
});

test('a whiteout hides a whole folder, and a later layer can bring it back empty', () => {
  const tree = treeOf({ 'usr/lib/python3/os.py': '' }, { 'usr/lib/.wh.python3': '' }, { 'usr/lib/python3': null });
  assert.deepEqual(names(tree, '/usr/lib/python3'), []);
});

test('an opaque folder keeps only what its own layer puts there, also before the marker', () => {
  const tree = treeOf({ 'opt/a': '', 'opt/b/c': '' }, { opt: null, 'opt/d': '', 'opt/.wh..wh..opq': '' });
  assert.deepEqual(names(tree, '/opt'), ['d']);
});

test('no whiteout marker is a file of the image', () => {
  const tree = treeOf({ 'opt/.wh..wh.plnk': '', 'opt/.wh.gone': '', 'opt/.wh.': '', '.wh..wh.aufs/x': '' });
  assert.deepEqual(names(tree, '/'), []);
});

test('a file takes the place of a folder with all that is in it, and the other way round', () => {
  const tree = treeOf({ 'a/b/c': '', d: 'file' }, { 'a/b': 'file', 'd/e': '' });
  assert.equal(tree.file('/a/b')?.node.text, 'file');
  assert.equal(tree.resolve('/a/b/c'), undefined);
  assert.deepEqual(names(tree, '/d'), ['e']);
});

test('a folder that comes again keeps its files and takes the new mode', () => {
  const tree = treeOf({ 'srv/a': '' });
  tree.apply([{ path: 'srv', type: 'directory', mode: 0o2775, uid: 5, gid: 6 }]);
  assert.deepEqual(names(tree, '/srv'), ['a']);
  const { mode, uid, gid } = tree.resolve('/srv')?.node ?? {};
  assert.deepEqual([mode, uid, gid], [0o2775, 5, 6]);
});

test('the entry of the root itself sets its mode', () => {
  const tree = new Tree();
  tree.apply([{ path: '', type: 'directory', mode: 0o700, uid: 1, gid: 2 }]);
  assert.equal(tree.resolve('/')?.node.mode, 0o700);
});

test('symlinks are followed inside the root: absolute, relative, and above it', () => {
  const tree = treeOf({
    'usr/bin/python3.11': 'real',
    'usr/bin/python3': { link: 'python3.11' },
    bin: { link: 'usr/bin' },
    'opt/python': { link: '/bin/python3' },
    'opt/escape': { link: '../../../../usr/bin/python3' },
  });
  for (const path of ['/bin/python3', '/opt/python', '/opt/escape', 'opt/./../bin//python']) {
    const expected = path.endsWith('/python') && path.startsWith('opt') ? undefined : '/usr/bin/python3.11';
    assert.equal(tree.file(path)?.path, expected, path);
  }
});

test('links in a circle, to nothing, and through files lead nowhere', () => {
  const tree = treeOf({
    a: { link: 'b' },
    b: { link: 'a' },
    self: { link: 'self/x' },
    gone: { link: '/none' },
    file: '',
  });
  for (const path of ['/a', '/b', '/self', '/gone', '/file/x', '/a/b/c'])
    assert.equal(tree.resolve(path), undefined, path);
});

test('a file below a symlinked folder goes where the link leads', () => {
  const tree = treeOf({ 'usr/lib/a': '', lib: { link: 'usr/lib' } }, { 'lib/b': '', 'lib/.wh.a': '' });
  assert.deepEqual(names(tree, '/usr/lib'), ['b']);
  assert.equal(tree.file('/lib/b')?.path, '/usr/lib/b');
});

test('a folder entry replaces a symlink of a lower layer', () => {
  const tree = treeOf({ 'usr/lib/a': '', lib: { link: 'usr/lib' } }, { lib: null, 'lib/b': '' });
  assert.deepEqual(names(tree, '/lib'), ['b']);
  assert.deepEqual(names(tree, '/usr/lib'), ['a']);
});

test('a hard link is the same file under another name, also of a lower layer; one to nothing or a folder is left out', () => {
  const tree = treeOf(
    { a: 'text', 'd/x': '' },
    { b: { hard: 'a' }, c: { hard: 'none' }, e: { hard: 'd' } },
    { '.wh.a': '' },
  );
  assert.equal(tree.file('/b')?.node.text, 'text');
  assert.deepEqual(names(tree, '/'), ['b', 'd']);
});

test('whatever layers hold, every file that is listed resolves or is a link', () => {
  const name = fc.constantFrom('a', 'b', '.wh.a', '.wh..wh..opq', 'c');
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
  const target = fc.oneof(
    path,
    path.map((text) => `/${text}`),
    path.map((text) => `../${text}`),
  );
  const shape: fc.Arbitrary<Shape> = fc.oneof(
    fc.constant(''),
    fc.constant(null),
    target.map((link) => ({ link })),
    path.map((hard) => ({ hard })),
  );
  const layers = fc.array(fc.dictionary(path, shape, { maxKeys: 6 }), { maxLength: 4 });
  fc.assert(
    fc.property(layers, (all) => {
      const tree = treeOf(...all);
      const visit = (folder: string, depth: number): void => {
        assert(depth < 40, 'folders contain each other');
        for (const [child, node] of tree.list(folder)) {
          assert(!child.startsWith('.wh.'));
          const own = `${folder}/${child}`;
          if (node.type !== 'symlink') assert.equal(tree.resolve(own)?.path, own);
          if (node.type === 'directory') visit(own, depth + 1);
        }
      };
      visit('', 0);
    }),
    { numRuns: 300 },
  );
});
