import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { FileChange, ImageDiff } from '../../src/image/diff.ts';
import { parseDiffId } from '../../src/oci/digest.ts';
import { formatDiff } from '../../src/ui/diff.ts';
import { diffJson, type ImageSide } from '../../src/ui/diff-json.ts';
import { colourPaint } from '../../src/ui/paint.ts';
import { validator } from '../support/schemas.ts';
import { digestOf } from './plans.ts';

const from: ImageSide = { image: 'api:1', platform: 'linux/amd64', digest: digestOf('ab'), sizeBytes: 57_100_000 };
const to: ImageSide = { ...from, image: 'api:2', digest: digestOf('cd'), sizeBytes: 57_300_000 };
const nothing: ImageDiff = { layers: [], files: [], packages: [], config: [] };

function file(path: string, change: FileChange['change'], more: Partial<FileChange> = {}): FileChange {
  const sizes = { fromBytes: change === 'added' ? undefined : 1200, toBytes: change === 'removed' ? undefined : 1300 };
  return { path, change, type: 'file', what: change === 'changed' ? ['content'] : [], ...sizes, ...more };
}

const none = { fromBytes: undefined, toBytes: undefined };
const diff: ImageDiff = {
  layers: [
    { change: 'removed', title: 'app', diffId: parseDiffId(digestOf('ab')), sizeBytes: 1200 },
    { change: 'added', title: 'app', diffId: parseDiffId(digestOf('cd')), sizeBytes: 1300 },
    { change: 'moved', title: 'venv', diffId: parseDiffId(digestOf('ef')), sizeBytes: 400 },
  ],
  packages: [
    { name: 'numpy', folder: '/site', from: '2.3.4', to: '2.3.5' },
    { name: 'new', folder: '/site', from: undefined, to: '1' },
    { name: 'old', folder: '/site', from: '1', to: undefined },
  ],
  config: [
    { key: 'Env.DEBUG', from: undefined, to: '1' },
    { key: 'User', from: '1', to: '2' },
  ],
  files: [
    file('/a/site-packages/x.py', 'changed'),
    file('/app/dir', 'added', { type: 'directory', ...none }),
    file('/app/dir/x', 'added'),
    file('/app/dir-y', 'removed'),
    file('/app/empty', 'added', { type: 'directory', ...none }),
    file('/app/mode', 'changed', { what: ['mode', 'owner'], toBytes: 1200 }),
  ],
};

test('what is only in the one has a minus, what is only in the other a plus', () => {
  assert.equal(
    formatDiff(from, to, diff, { all: false }),
    `--- api:1  linux/amd64  sha256:abababababab…  57.1 MB
+++ api:2  linux/amd64  sha256:cdcdcdcdcdcd…  57.3 MB
layers
  - app  1.2 kB
  + app  1.3 kB
  ~ venv  400 B
packages
  ~ numpy 2.3.4 → 2.3.5  /site
  + new 1  /site
  - old 1  /site
config
  + Env.DEBUG  1
  ~ User  1 → 2
5 files
  + /app/dir/x  1.3 kB
  - /app/dir-y  1.2 kB
  + /app/empty/
  ~ /app/mode  mode, owner
  ~ /a/site-packages/x.py  content  1.2 kB → 1.3 kB`,
  );
});

test('colours change no letter', () => {
  const coloured = formatDiff(from, to, diff, { all: false, paint: colourPaint });
  assert.equal(stripVTControlCharacters(coloured), formatDiff(from, to, diff, { all: false }));
});

test('many files are counted, and all of them listed where that is asked for', () => {
  const files = Array.from({ length: 60 }, (_, index) => file(`/app/${index}`, 'added'));
  const text = formatDiff(from, to, { ...nothing, files }, { all: false });
  assert.match(text, /\n60 files\n/);
  assert.match(text, /\n {2}and 20 more, which -v lists$/);
  assert.equal(formatDiff(from, to, { ...nothing, files }, { all: true }).split('\n').length, 63);
});

test('no difference is said in words', () => {
  assert.match(formatDiff(from, from, nothing, { all: false }), /\nThey are the same image\.$/);
  assert.match(formatDiff(from, to, nothing, { all: false }), /\nThe same layers, files, packages and config; /);
});

test('programs get the same as the schema says', () => {
  const validate = validator('diff');
  validate(JSON.parse(JSON.stringify(diffJson(from, to, diff))));
  const equal = diffJson(from, to, nothing);
  validate(JSON.parse(JSON.stringify(equal)));
  assert.deepEqual([equal.equal, diffJson(from, to, diff).equal], [true, false]);
  assert.throws(() => validate({ ...equal, more: 1 }));
});
