import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { applyRule } from '../../src/app/rules.ts';
import { PycontainerError } from '../../src/errors.ts';

const tree = [
  'conf/app.ini',
  'conf/deep/x.ini',
  'conf/.env',
  'conf/ignored.log',
  'certs/a.crt',
  'certs/b.crt',
  'certs/b.txt',
  '.gitignore',
];

function places(src: string, dest: string): Record<string, string> {
  const root = mkdtempSync(join(tmpdir(), 'rules-'));
  try {
    for (const path of tree) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), path === '.gitignore' ? '*.log\n' : '');
    }
    const ruled = applyRule({ src, dest }, root, root, '/app');
    return Object.fromEntries(ruled.map(({ file, dest: place }) => [file.source.slice(root.length + 1), place]));
  } finally {
    rmSync(root, { recursive: true });
  }
}

test('a file becomes dest, or stands in it where dest ends with a slash; a relative dest is below workdir', () => {
  assert.deepEqual(places('conf/app.ini', '/etc/app.ini'), { 'conf/app.ini': '/etc/app.ini' });
  assert.deepEqual(places('conf/app.ini', '/etc/'), { 'conf/app.ini': '/etc/app.ini' });
  assert.deepEqual(places('conf/app.ini', 'settings.ini'), { 'conf/app.ini': '/app/settings.ini' });
});

test("a folder's content goes into dest, what ignore rules leave out too, what is guarded not", () => {
  assert.deepEqual(places('conf', '/etc/app'), {
    'conf/app.ini': '/etc/app/app.ini',
    'conf/deep/x.ini': '/etc/app/deep/x.ini',
    'conf/ignored.log': '/etc/app/ignored.log',
  });
});

test('a pattern copies what it matches, keeping the path behind its fixed part', () => {
  assert.deepEqual(places('certs/*.crt', '/etc/ssl/'), {
    'certs/a.crt': '/etc/ssl/a.crt',
    'certs/b.crt': '/etc/ssl/b.crt',
  });
  assert.deepEqual(places('conf/**/*.ini', '/x'), { 'conf/app.ini': '/x/app.ini', 'conf/deep/x.ini': '/x/deep/x.ini' });
});

test('a rule that leads out of the root, or matches nothing, is refused', () => {
  const code = (expected: string) => (error: unknown) => error instanceof PycontainerError && error.code === expected;
  assert.throws(() => places('../secret', '/x'), code('app-path-outside'));
  assert.throws(() => places('nothing', '/x'), code('file-unreadable'));
  assert.throws(() => places('*.zip', '/x'), code('file-unreadable'));
});
