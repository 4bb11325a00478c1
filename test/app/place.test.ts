import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parentsOf, placeInBase } from '../../src/app/place.ts';
import type { BaseFolder } from '../../src/base/base.ts';
import type { Entry } from '../../src/layer/entry.ts';

const folders: Record<string, BaseFolder> = {
  '/bin': { symlink: 'usr/bin' },
  '/usr/bin': { mode: 0o755, uid: 0, gid: 0 },
  '/srv': { symlink: '/var/data' },
  '/var/data': { mode: 0o2775, uid: 33, gid: 33 },
  '/loop': { symlink: '/loop' },
};

function file(path: string): Entry {
  return {
    type: 'file',
    path,
    mode: 0o644,
    uid: 0,
    gid: 0,
    sizeBytes: 0,
    content: { kind: 'bytes', bytes: new Uint8Array() },
  };
}

test('links of the base are followed, so that no layer replaces a link by a folder', () => {
  assert.equal(placeInBase('/bin/tool', folders), 'usr/bin/tool');
  assert.equal(placeInBase('/srv/app/../www', folders), 'var/data/www');
  assert.equal(placeInBase('/app//x/', folders), 'app/x');
});

test('a link in a circle ends, and nothing leads above the root', () => {
  assert.equal(placeInBase('/loop/x', folders), 'loop/x');
  assert.equal(placeInBase('/../../etc/x', folders), 'etc/x');
});

test("parents carry the base's mode and owner where it has the folder, else 0755 root, each once", () => {
  const parents = parentsOf(
    [file('var/data/a/b'), file('var/data/a/c'), { type: 'directory', path: 'var', mode: 0o700, uid: 1, gid: 1 }],
    folders,
  );
  assert.deepEqual(parents, [
    { type: 'directory', path: 'var/data', mode: 0o2775, uid: 33, gid: 33 },
    { type: 'directory', path: 'var/data/a', mode: 0o755, uid: 0, gid: 0 },
  ]);
});
