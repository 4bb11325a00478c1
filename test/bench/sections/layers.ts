import fs from 'node:fs';
import type { Fixtures } from '../fixtures.ts';
import { editApp, writeApp } from '../inputs/app.ts';
import { inflateAndHash } from '../inputs/members.ts';
import type { PackedTars } from '../inputs/packed.ts';
import type { BenchWheel } from '../inputs/wheels.ts';
import { compare, type Job } from '../measure.ts';
import { named, ratio } from '../measured.ts';
import { BuildahPeer } from '../peers/buildah.ts';
import { packerJobs } from '../peers/packers.ts';
import { UmociPeer } from '../peers/umoci.ts';
import { dependencyLayer, treeLayer } from '../product-layers.ts';
import { pipeline, quoted, runProgram } from '../run-program.ts';
import type { Bench } from '../session.ts';
import { megabytes, timesTable } from '../table.ts';

const ours = 'pycontainer';
const floor = 'inflate and sha256 in Node, nothing else';

/** Making layers in this process, against those who pack the same files from a folder. */
export async function layers(bench: Bench, fixtures: Fixtures): Promise<void> {
  await dependencies(bench, fixtures.dependencies(), await fixtures.packed());
  await app(bench, 2000);
}

async function dependencies(bench: Bench, wheels: readonly BenchWheel[], packed: PackedTars): Promise<void> {
  const store = bench.path('layers/store');
  const forget = (): void => fs.rmSync(store, { recursive: true, force: true });
  const tree = bench.path('layers/tree');
  fs.mkdirSync(tree, { recursive: true });
  const unpacked = `gzip -dc ${quoted(packed.ours)} | tar -C ${quoted(tree)} -xf -`;
  await runProgram(pipeline(unpacked), { signal: bench.bounded() });
  const paths = wheels.map(({ path }) => path);
  const zstd: Job = {
    name: `${ours}, zstd`,
    prepare: forget,
    run: async (signal) => void (await dependencyLayer(wheels, { store, signal, type: 'zstd' })),
  };
  const results = await compare(bench, [
    { name: ours, prepare: forget, run: async (signal) => void (await dependencyLayer(wheels, { store, signal })) },
    { name: floor, run: () => void inflateAndHash(paths) },
    ...(bench.isBrief ? [] : [zstd]),
    ...(await treeJobs(bench, 'dependencies', tree)),
  ]);
  const { layer, size } = packed;
  const title = `${wheels.length} wheels, ${megabytes(layer.uncompressedSizeBytes)} installed, to one layer`;
  bench.say(`${timesTable(title, results)}\n\nThe gzip layer has ${size.toFixed(3)} × the size of gzip -6.`);
  const own = named(results, ours);
  bench.goals.push(
    {
      job: 'wheels → dependency layer',
      wanted: 'at most 1.5 × inflating and hashing',
      limit: 1.5,
      bound: 'most',
      found: ratio(own, named(results, floor)),
    },
    {
      job: 'wheels → dependency layer',
      wanted: 'at least 6 × as fast as tar + gzip -6',
      limit: 6,
      bound: 'least',
      found: ratio(named(results, 'tar + gzip -6'), own),
    },
    { job: 'size of the layer', wanted: 'at most 1.05 × gzip -6', limit: 1.05, bound: 'most', found: size },
  );
}

async function app(bench: Bench, files: number): Promise<void> {
  const root = bench.path(`layers/app${files}`);
  writeApp(root, files);
  const store = bench.path('layers/app-store');
  const kept = bench.path('layers/app-kept');
  await treeLayer(root, { store: kept, signal: bench.bounded(), keepPieces: 'app' });
  const forget = (): void => fs.rmSync(store, { recursive: true, force: true });
  const results = await compare(bench, [
    { name: ours, prepare: forget, run: async (signal) => void (await treeLayer(root, { store, signal })) },
    {
      name: `${ours}, zstd`,
      prepare: forget,
      run: async (signal) => void (await treeLayer(root, { store, signal, type: 'zstd' })),
    },
    {
      name: `${ours}, one file changed since`,
      prepare: () => editApp(root),
      run: async (signal) => void (await treeLayer(root, { store: kept, signal, keepPieces: 'app' })),
    },
    ...(await treeJobs(bench, 'app', root)),
  ]);
  bench.say(timesTable(`${files} app files to one layer`, results));
  bench.goals.push({
    job: `app layer, ${files} files`,
    wanted: 'at least 2 × as fast as tar + pigz -6',
    limit: 2,
    bound: 'least',
    found: ratio(named(results, 'tar + pigz -6'), named(results, ours)),
  });
}

/** Everybody who packs a folder. */
async function treeJobs(bench: Bench, name: string, tree: string): Promise<readonly Job[]> {
  const jobs = [...packerJobs(bench, tree)];
  if (bench.isBrief) return jobs;
  if (bench.programs.has('umoci')) {
    const umoci = await UmociPeer.create(bench, name);
    jobs.push({ name: 'umoci insert', run: async (signal) => umoci.insert(tree, '/tree', { signal }) });
  }
  if (bench.programs.has('buildah')) {
    const buildah = await BuildahPeer.create(bench, name);
    bench.atEnd(buildah);
    jobs.push({ name: 'buildah add, commit', run: async (signal) => buildah.layerOf(tree, { signal }) });
  }
  return jobs;
}
