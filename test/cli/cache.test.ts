import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Rig } from '../support/rig.ts';
import { smallProject } from './project.ts';

/** As if nothing in the store had been used for so many days. */
function age(rig: Rig, days: number): void {
  const then = Date.now() / 1000 - days * 24 * 60 * 60;
  const store = path.join(rig.root, 'store');
  for (const name of fs.readdirSync(store, { encoding: 'utf8', recursive: true })) {
    fs.utimesSync(path.join(store, name), then, then);
  }
}

test('cache ls says what is in the store, and for which target; cache prune says what went, and why not all', async () => {
  await using rig = await smallProject();
  await rig.ok(['build']);
  const listed = (await rig.ok(['cache', 'ls'])).stdout;
  assert.match(listed, /^sha256:[0-9a-f]{12} +1\.2 MB {2}\d{4}-\d\d-\d\d {2}layer +web\n/);
  assert.match(listed, /\n\d+ blobs, \d\.\d MB in .*store\n$/);
  const young = (await rig.ok(['cache', 'prune', '--max-size', '1kB'])).stdout;
  assert.match(
    young,
    /^0 blobs and 0 results removed, 0 B free again, \d\.\d MB left: what was used within three hours/,
  );
  age(rig, 40);
  assert.match(
    (await rig.ok(['cache', 'prune', '--unused-for', '50d'])).stdout,
    /^0 blobs and 0 results .* MB left\n$/,
  );
  const old = (await rig.ok(['cache', 'prune', '--unused-for', '30d'])).stdout;
  assert.match(old, /^\d+ blobs and \d+ results removed, \d\.\d MB free again, 0 B left\n$/);
  assert.match((await rig.ok(['cache', 'ls'])).stdout, /^0 blobs, 0 B in /);
  const wrong = await rig.run(['cache', 'prune', '--max-size', 'much']);
  assert.equal(wrong.status, 2);
  assert.match(wrong.stderr, /'much' is not a size\n.*10GB/);
});
