import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Event } from '../../src/events.ts';
import { readLayout } from '../support/layout.ts';
import { smallProject } from './project.ts';

/** Every blob of the store with one byte changed, as new files: what is delivered already stays as it is. */
function damageBlobs(folder: string): number {
  const names = readdirSync(folder);
  for (const name of names) {
    const bytes = readFileSync(path.join(folder, name));
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    rmSync(path.join(folder, name));
    writeFileSync(path.join(folder, name), bytes);
  }
  return names.length;
}

const codes = (events: readonly Event[]): string[] =>
  events.flatMap((event) => (event.type === 'warning' ? [event.code] : []));

test('up mends a damaged layer in one go, and says so', async () => {
  await using rig = await smallProject();
  const args = ['up', '--progress', 'rawjson'];
  await rig.ok(args);
  const layout = rig.path('.pycontainer/images/web');
  const { digest, layers } = readLayout(layout);
  const hex = layers.at(-1)?.digest.slice('sha256:'.length) ?? '';
  const file = path.join(rig.root, 'store/blobs/sha256', hex);
  const bytes = readFileSync(file);
  rmSync(file);
  writeFileSync(file, bytes.subarray(0, -1));
  rmSync(layout, { recursive: true });
  const { events } = await rig.ok(args);
  assert.deepEqual(codes(events), ['store-blob-damaged']);
  assert.equal(readLayout(layout).digest, digest);
});

test('a store in which every blob is damaged costs no more than a second run of up, and never a wrong image', async () => {
  await using rig = await smallProject();
  await rig.ok(['up']);
  const layout = rig.path('.pycontainer/images/web');
  const { digest } = readLayout(layout);
  const count = damageBlobs(path.join(rig.root, 'store/blobs/sha256'));
  assert(count >= 4);
  rmSync(layout, { recursive: true });
  let runs = 1;
  while ((await rig.run(['up'])).status !== 0) {
    runs += 1;
    assert(runs <= 2, `${runs} runs for ${count} blobs`);
  }
  assert.equal(readLayout(layout).digest, digest);
});

test('two ups of one project at once both end well, with the same image', async () => {
  await using rig = await smallProject();
  const runs = await Promise.all([rig.run(['up']), rig.run(['up'])]);
  for (const { status, stderr } of runs) assert.equal(status, 0, stderr);
  assert.equal(runs[0]?.stdout, runs[1]?.stdout);
  readLayout(rig.path('.pycontainer/images/web'));
});
