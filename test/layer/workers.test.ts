import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { FileEntry } from '../../src/layer/entry.ts';
import type { EncodeJob, Hands, JobPiece, WorkSettings } from '../../src/layer/job.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { cutPieces } from '../../src/layer/piece.ts';
import { LayerWork } from '../../src/layer/work.ts';
import { Workers } from '../../src/layer/workers.ts';
import { temporaryStore } from '../store/folder.ts';
import { ArchiveBuilder } from './archive.ts';
import { bytesFrom, file } from './trees.ts';

const program = new URL('../../src/layer/worker.ts', import.meta.url);
const settings: WorkSettings = { compression: { type: 'gzip' }, describeFiles: true };

/** Jobs with every kind of piece in them. */
function sampleJobs(folder: string): readonly EncodeJob[] {
  const archive = new ArchiveBuilder(path.join(folder, 'archive'));
  return Array.from({ length: 8 }, (_, seed): EncodeJob => {
    const bytes = bytesFrom(seed, 30_000 + seed * 1000);
    fs.writeFileSync(path.join(folder, `f${seed}`), bytes);
    const onDisk: FileEntry = {
      ...file('disk', bytes),
      content: { kind: 'path', path: path.join(folder, `f${seed}`) },
    };
    const batches = cutPieces([onDisk, file('memory', bytes), archive.addStored('stored', bytes)], 0, () => false);
    const carried = archive.add('carried', bytes);
    if (carried.content.kind !== 'zip-member') throw new Error('no member');
    return {
      kind: 'encode',
      pieces: [
        ...batches.flatMap((piece): JobPiece[] => (piece.kind === 'batch' ? [piece] : [])),
        { kind: 'carried', entry: { ...carried, content: carried.content } },
        { kind: 'slice', bytes: bytes.subarray(100, 20_000) },
      ],
    };
  });
}

async function answers(hands: Pick<Hands, 'do'>, jobs: readonly EncodeJob[]): Promise<unknown> {
  return Promise.all(
    jobs.map(async (job) => {
      const { raw, encoded, ...rest } = await hands.do(job);
      return { ...rest, raw: digestOf(raw), encoded: digestOf(encoded) };
    }),
  );
}

async function expected(jobs: readonly EncodeJob[], usesPool = false): Promise<unknown> {
  const work = new LayerWork(settings, { usesPool });
  try {
    return await answers(work, jobs);
  } finally {
    work.close();
  }
}

for (const count of [1, 3]) {
  test(`${count} workers answer as this thread does, whatever they are asked at once`, async () => {
    await using at = await temporaryStore();
    const jobs = sampleJobs(at.folder);
    const workers = new Workers(program, count);
    const layers = [workers.forLayer(settings), workers.forLayer(settings)];
    const all = await Promise.all(layers.map(async (layer) => answers(layer, jobs)));
    for (const found of all) assert.deepEqual(found, await expected(jobs));
    for (const layer of layers) layer.close();
  });
}

test('the pool of Node.js encodes as this thread does', async () => {
  await using at = await temporaryStore();
  const jobs = sampleJobs(at.folder);
  assert.deepEqual(await expected(jobs, true), await expected(jobs));
});

test('memory that the asker uses for other things too stays with it', async () => {
  const large = bytesFrom(1, 100_000);
  const hands = new Workers(program, 1).forLayer(settings);
  await hands.do({ kind: 'encode', pieces: [{ kind: 'slice', bytes: large.subarray(0, 10) }] });
  assert.ok(large.equals(bytesFrom(1, 100_000)));
  hands.close();
});

test('what is wrong with a file is said as in this thread', async () => {
  await using at = await temporaryStore();
  const entry: FileEntry = { ...file('a', 'abc'), content: { kind: 'path', path: path.join(at.folder, 'gone') } };
  const pieces = cutPieces([entry], 0, () => false).flatMap((piece) => (piece.kind === 'batch' ? [piece] : []));
  const hands = new Workers(program, 1).forLayer(settings);
  await assert.rejects(hands.do({ kind: 'encode', pieces }), {
    name: 'PycontainerError',
    code: 'file-changed-while-read',
    message: /gone changed while it was read/,
    hint: /nothing writes to it/,
  });
  hands.close();
});

for (const [what, source] of Object.entries({
  'end at once': 'process.exit(1)',
  'end when they are asked': "require('node:worker_threads').parentPort.once('message', () => process.exit(1))",
  'throw when they are asked': "require('node:worker_threads').parentPort.once('message', () => { throw 1 })",
  'cannot be read as a program': '((',
})) {
  test(`where workers ${what}, this thread does the work`, async () => {
    await using at = await temporaryStore();
    const broken = path.join(at.folder, 'broken.cjs');
    fs.writeFileSync(broken, source);
    const jobs = sampleJobs(at.folder);
    const hands = new Workers(new URL(`file://${broken}`), 2).forLayer(settings);
    assert.deepEqual(await answers(hands, jobs), await expected(jobs));
    hands.close();
  });
}

test('a worker with nothing to do keeps no process alive', async () => {
  const script = `
    import { Workers } from ${JSON.stringify(new URL('../../src/layer/workers.ts', import.meta.url).href)};
    const hands = new Workers(new URL(${JSON.stringify(program.href)}), 2).forLayer(${JSON.stringify(settings)});
    const slice = { kind: 'slice', bytes: new Uint8Array(1000) };
    const { raw } = await hands.do({ kind: 'encode', pieces: [slice] });
    console.log(raw.length);`;
  const run = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
    timeout: 200_000,
  });
  assert.equal(run.stdout, '1000\n');
  assert.equal(run.signal, null);
});
