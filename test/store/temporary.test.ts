import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { publish } from '../../src/store/temporary.ts';

test('a folder that another process makes in the very moment is no obstacle', (t) => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'pycontainer-store-'));
  t.after(() => fs.rmSync(root, { recursive: true }));
  const [temporary, file] = [path.join(root, 'temporary'), path.join(root, 'results/kind/key.json')];
  fs.writeFileSync(temporary, 'text');
  const { renameSync } = fs;
  t.mock.method(fs, 'renameSync', (from: string, to: string) => {
    try {
      renameSync(from, to);
    } finally {
      fs.mkdirSync(path.dirname(file), { recursive: true });
    }
  });
  publish(temporary, file);
  assert.equal(fs.readFileSync(file, 'utf8'), 'text');
});

test('a temporary file that is gone is an error', (t) => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'pycontainer-store-'));
  t.after(() => fs.rmSync(root, { recursive: true }));
  assert.throws(() => publish(path.join(root, 'gone'), path.join(root, 'a/b')), { code: 'ENOENT' });
});
