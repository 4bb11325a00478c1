import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { suite, test } from 'node:test';
import { waitFor } from '../support/daemon.ts';
import { readLayout } from '../support/layout.ts';
import type { Ended, Rig } from '../support/rig.ts';
import { smallProject } from './project.ts';

const rawUp = ['up', '--progress', 'rawjson'];
const isBundled = process.env['PYCONTAINER_TEST_CLI'] !== undefined;
const skip = !isBundled && 'only the bundle answers from what it found before, and npm test builds it';

/** Each waits for the clock, so they wait together. */
suite('up again', { concurrency: true, skip }, () => {
  test('up that finds all as it was answers without planning, in the same words', async () => {
    await using rig = await smallProject();
    const first = await rig.ok(rawUp);
    const planned = await rig.ok(rawUp);
    const again = await untilAnswered(rig);
    assert.equal(again.stdout, first.stdout);
    assert.deepEqual(words(again), words(planned));
    const plain = await rig.ok([...rawUp.slice(0, 1), '-v'], {});
    assert(!/paths as they were/.test(plain.stderr), 'another command line is another question');
  });

  test(
    'after an answer each change is seen, and what comes of it is what a build from nothing gives',
    { skip },
    async () => {
      await using rig = await smallProject({ 'pkg/__init__.py': '' });
      await rig.ok(rawUp);
      for (const change of [
        () => rig.write({ 'main.py': 'print("HELLO")\n' }),
        () => rig.write({ '.dockerignore': 'pkg\n' }),
        () => rmSync(blobOf(rig)),
      ]) {
        await untilAnswered(rig);
        change();
        const seen = await rig.ok(rawUp);
        assert.equal(unchanged(seen), undefined);
        assert.equal(seen.stdout, (await rig.ok([...rawUp, '--no-cache'])).stdout);
        readLayout(rig.path('.pycontainer/images/web'));
      }
    },
  );

  test('a variable that the manifest asks for decides about an answer, and no other one', async () => {
    await using rig = await smallProject();
    rig.write({
      'pycontainer.yaml':
        'targets: {web: {base: "oci:../base", platforms: [linux/amd64], environment: {STAGE: "${STAGE:-none}"}}}\n',
    });
    await rig.ok(rawUp);
    const none = await untilAnswered(rig);
    const other = await rig.ok(rawUp, { env: { SOMETHING: 'else' } });
    assert.notEqual(unchanged(other), undefined);
    const stage = await rig.ok(rawUp, { env: { STAGE: 'test' } });
    assert.equal(unchanged(stage), undefined);
    assert.notEqual(stage.stdout, none.stdout);
  });

  test('an engine that comes is seen after an answer that there is none', async () => {
    await using rig = await smallProject();
    const socket = path.join(rig.root, 'engine.sock');
    rig.env['PYCONTAINER_ENGINE'] = `unix://${socket}`;
    await rig.ok(rawUp);
    await untilAnswered(rig);
    const server = createServer().listen(socket);
    await once(server, 'listening');
    server.on('connection', (connection) => connection.destroy());
    const seen = await rig.ok(rawUp);
    assert.equal(unchanged(seen), undefined);
    await new Promise((closed) => server.close(closed));
  });
});

test('what writes each time is not looked over again and again, and does what it did', { skip }, async () => {
  await using rig = await smallProject();
  const file = path.join(rig.root, 'metadata.json');
  const args = [...rawUp, '--metadata-file', file];
  for (let run = 0; run < 4; run += 1) {
    rmSync(file, { force: true });
    assert.equal(unchanged(await rig.ok(args)), undefined);
    assert(existsSync(file));
  }
  const [name = ''] = readdirSync(path.join(rig.env['PYCONTAINER_STORE'] ?? '', 'results/answer'));
  const noted = readFileSync(path.join(rig.env['PYCONTAINER_STORE'] ?? '', 'results/answer', name), 'utf8');
  assert.match(noted, /"unclearMs":[0-9]+/);
});

/** What has only just changed may change again unseen, so an answer is kept only some seconds later. */
async function untilAnswered(rig: Rig): Promise<Ended> {
  let ended = await rig.ok(rawUp);
  await waitFor(async () => {
    ended = await rig.ok(rawUp);
    return unchanged(ended) !== undefined;
  }, 'an answer without a plan');
  return ended;
}

function unchanged({ events }: Ended): number | undefined {
  return events.flatMap((event) => (event.type === 'planned' ? [event.unchanged] : []))[0];
}

/** The events, without what differs from run to run. */
function words({ events }: Ended): readonly object[] {
  return events.map((event) => {
    const { durationMs: _, unchanged: __, ...rest } = { durationMs: 0, unchanged: 0, ...event };
    return rest;
  });
}

function blobOf(rig: Rig): string {
  const folder = rig.path('.pycontainer/images/web/blobs/sha256');
  const [name = ''] = readdirSync(folder).toSorted();
  return path.join(folder, name);
}
