import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type DockerRegistry, startDockerRegistry } from '../support/docker-registry.ts';
import { type LayoutImage, readLayout } from '../support/layout.ts';
import { nativeRig } from '../support/native-project.ts';
import { pythonBaseMissing } from '../support/python-base.ts';
import { pythonLayout } from '../support/python-layout.ts';
import { partsMissing } from '../support/real-parts.ts';
import type { Rig } from '../support/rig.ts';

const moments = 40;
const seed = 20_260_723;
const up = ['up', '--push'];

test(
  'up after kill -9 at any moment gives the right image',
  {
    skip: pythonBaseMissing || partsMissing('docker-registry'),
  },
  async (t) => {
    await using registry = await startDockerRegistry();
    await using rig = await nativeRig(`oci:${await pythonLayout()}`);
    rig.env['REGISTRY'] = registry.host;
    await rig.ok(up);
    const wholeMs = { edit: await timed(rig, 'edit'), nothing: await timed(rig, 'nothing') };
    const random = randomNumbers(seed);
    let whileAtWork = 0;
    for (let moment = 1; moment <= moments; moment += 1) {
      const from = moment % 2 === 0 ? 'nothing' : 'edit';
      prepare(rig, from, moment);
      if (from === 'nothing') rig.env['REGISTRY'] = `${registry.host}/at-${moment}`;
      const tookMs = await killedAfter(rig, random() * wholeMs[from]);
      if (tookMs === undefined) whileAtWork += 1;
      // The machine may have become faster, also because others left it.
      else wholeMs[from] = tookMs;
      const { stdout } = await rig.ok(up);
      const image = readLayout(layoutOf(rig));
      assert.equal(stdout, `served ${image.digest}\n`);
      await assertPushed(registry, `${rig.env['REGISTRY']}/served`, image);
    }
    const undisturbed = { PYCONTAINER_STORE: path.join(rig.root, 'undisturbed') };
    const { stdout } = await rig.ok(['up'], { env: undisturbed });
    assert.equal(stdout, `served ${readLayout(layoutOf(rig)).digest}\n`);
    assert(whileAtWork > moments / 4, `only ${whileAtWork} of ${moments} moments were before its end`);
    t.diagnostic(`killed at ${moments} moments (seed ${seed}), ${whileAtWork} of them before it had ended by itself`);
  },
);

/** Starts `up` and kills it after that time; gives how long it took if it was faster. */
async function killedAfter(rig: Rig, afterMs: number): Promise<number | undefined> {
  const started = performance.now();
  const { process, ended } = rig.start(up);
  const timer = new AbortController();
  await Promise.race([ended, delay(afterMs, undefined, { signal: timer.signal }).catch(() => undefined)]);
  const tookMs = performance.now() - started;
  timer.abort();
  process.kill('SIGKILL');
  return (await ended).signal === 'SIGKILL' ? undefined : tookMs;
}

/** What an `up` starts from: no store, no layout and an empty repository, or one edited file and all that was left behind before. */
type From = 'nothing' | 'edit';

function prepare(rig: Rig, from: From, moment: number): void {
  rig.write({ 'src/served/words.py': `GREETING = "hello, for the ${moment}th time"\n` });
  if (from === 'edit') return;
  for (const place of [rig.env['PYCONTAINER_STORE'] ?? '', rig.path('.pycontainer')]) {
    rmSync(place, { recursive: true, force: true });
  }
}

async function timed(rig: Rig, from: From): Promise<number> {
  prepare(rig, from, 0);
  const started = performance.now();
  await rig.ok(up);
  return performance.now() - started;
}

function layoutOf(rig: Rig): string {
  return rig.path('.pycontainer/images/served');
}

/** The registry's tag is this image, and all of its blobs are there. */
async function assertPushed(
  { url, host }: DockerRegistry,
  name: string,
  { digest, manifest }: LayoutImage,
): Promise<void> {
  const repository = `${url}/v2/${name.slice(host.length + 1)}`;
  const accept = { accept: 'application/vnd.oci.image.manifest.v1+json' };
  const tag = await fetch(`${repository}/manifests/dev`, { method: 'HEAD', headers: accept });
  assert.equal(tag.headers.get('docker-content-digest'), digest);
  for (const blob of [manifest.config, ...manifest.layers]) {
    const { status, headers } = await fetch(`${repository}/blobs/${blob.digest}`, { method: 'HEAD' });
    assert.deepEqual([status, headers.get('content-length')], [200, String(blob.size)]);
  }
}

/** Numbers in [0, 1), the same for each seed (mulberry32). */
function randomNumbers(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
