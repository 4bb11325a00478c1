import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const root = path.join(import.meta.dirname, '..');
const mostLines = 300;

test('a file of more than 300 lines is argued for in CONTRIBUTING.md, and no other is', () => {
  const files = globSync('{src,test,scripts}/**/*.{ts,tsx}', { cwd: root });
  assert(files.length > 300, `only ${files.length} files were seen`);
  const long = files.filter((file) => lines(file) > mostLines);
  const [, section = ''] = readFileSync(path.join(root, 'CONTRIBUTING.md'), 'utf8').split('## Files over 300 lines');
  const argued = [...section.matchAll(/^\| `([^`]+)` +\| +\S/gm)].map(([, file = '']) => file);
  assert.deepEqual(argued.sort(), long.sort());
});

function lines(file: string): number {
  return readFileSync(path.join(root, file), 'utf8').split('\n').length - 1;
}
