import assert from 'node:assert/strict';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { FolderWatcher } from '../../src/watch/folders.ts';
import { temporaryFolder } from '../support/daemon.ts';
import { WatchedTree } from './watched-tree.ts';

function folderFor(t: TestContext): string {
  const folder = temporaryFolder('folders');
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const silent = { onChange: () => undefined, onRefusal: () => undefined };

test('an update names the folders that are watched and were not', (t) => {
  const folder = folderFor(t);
  const folders = new FolderWatcher(silent);
  t.after(() => folders.close());
  const below = path.join(folder, 'a');
  assert.deepEqual(folders.update([folder]), [folder]);
  assert.deepEqual(folders.update([folder]), []);
  fs.mkdirSync(below);
  assert.deepEqual(folders.update([folder, below]), [below]);
  assert.deepEqual(folders.update([folder]), []);
  assert.deepEqual(folders.update([below]), [below]);
});

test('for a folder that is not there the nearest above it is watched', (t) => {
  const folder = folderFor(t);
  const folders = new FolderWatcher(silent);
  t.after(() => folders.close());
  assert.deepEqual(folders.update([folder]), [folder]);
  assert.deepEqual(folders.update([path.join(folder, 'not/there')]), []);
  fs.mkdirSync(path.join(folder, 'not'));
  assert.deepEqual(folders.update([path.join(folder, 'not/there')]), [path.join(folder, 'not')]);
});

test('a folder with the name of one that was watched is another one', (t) => {
  const place = path.join(folderFor(t), 'a');
  const folders = new FolderWatcher(silent);
  t.after(() => folders.close());
  fs.mkdirSync(place);
  folders.update([place]);
  fs.renameSync(place, `${place}.old`);
  fs.mkdirSync(place);
  assert.deepEqual(folders.update([place]), [place]);
});

test('where the system watches no more folders, it is said once and all is looked at every second', async (t) => {
  const original = fs.watch;
  t.after(() => {
    fs.watch = original;
    syncBuiltinESMExports();
  });
  fs.watch = () => {
    throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
  };
  syncBuiltinESMExports();
  await using tree = await WatchedTree.start({ 'a/b/c.py': '' });
  tree.write('a/b/c.py', 'changed');
  await tree.seen();
  assert.deepEqual(tree.refusals, ['ENOSPC']);
});
