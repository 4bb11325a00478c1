import { ourBuilder } from '../builders.ts';
import type { Fixtures } from '../fixtures.ts';
import { writeProject } from '../inputs/project.ts';
import { unpack } from '../inputs/members.ts';
import { compare, type Job } from '../measure.ts';
import { type Measured, named } from '../measured.ts';
import { BuildahPeer } from '../peers/buildah.ts';
import { packerJobs } from '../peers/packers.ts';
import { UmociPeer } from '../peers/umoci.ts';
import { gnuTime } from '../run-program.ts';
import type { Bench } from '../session.ts';
import { failures, markdownTable, megabytes, milliseconds } from '../table.ts';

const ours = 'pycontainer build, cold';
const again = 'pycontainer build, nothing changed';
/** Peaks hardly differ from run to run. */
const enoughMs = 20_000;

/** The peak memory of each: of its largest process, the highest of the runs. */
export async function memory(bench: Bench, fixtures: Fixtures): Promise<void> {
  if (gnuTime === undefined) return bench.say('missing: memory needs GNU time as /usr/bin/time');
  const size = bench.pick({ small: 100, full: 500 });
  const wheels = fixtures.wheels(size);
  const peers = bench.isBrief ? [] : await peerJobs(bench, fixtures, size);
  const results = await compare(bench, [...(await productJobs(bench, fixtures, size)), ...peers], { enoughMs });
  const title = `${wheels.length} wheels, ${bench.wheels === undefined ? `${size} MB installed` : 'real ones'}`;
  const table = markdownTable([title, 'peak memory', 'fastest run'], results.map(row));
  bench.say([table, ...failures(results)].join('\n\n'));
  const peak = highest(named(results, ours));
  bench.goals.push({
    job: `peak memory, ${title}`,
    wanted: 'at most 200 MB',
    limit: 200,
    unit: 'MB',
    bound: 'most',
    found: peak === undefined ? undefined : peak / 1e6,
  });
}

async function productJobs(bench: Bench, fixtures: Fixtures, size: number): Promise<readonly Job[]> {
  const spec = { label: 'memory', wheels: fixtures.wheels(size), appFiles: 200 };
  const builder = await ourBuilder(bench, fixtures, spec);
  const peakFile = bench.path('memory/peak');
  const run: Job['run'] = async (signal) =>
    fixtures.product().build(builder.project, { store: builder.store, signal, peakFile });
  return [
    { name: ours, prepare: () => builder.forget(), run },
    { name: again, run },
  ];
}

async function peerJobs(bench: Bench, fixtures: Fixtures, size: number): Promise<readonly Job[]> {
  const peakFile = bench.path('memory/peak');
  const tree = bench.path('memory/tree');
  for (const wheel of fixtures.wheels(size)) unpack(wheel.path, tree);
  const jobs = [...packerJobs(bench, tree, peakFile)];
  if (bench.programs.has('umoci')) {
    const umoci = await UmociPeer.create(bench, 'memory');
    jobs.push({ name: 'umoci insert', run: async (signal) => umoci.insert(tree, '/tree', { signal, peakFile }) });
  }
  if (bench.programs.has('buildah')) {
    const buildah = await BuildahPeer.create(bench, 'memory');
    bench.atEnd(buildah);
    jobs.push({ name: 'buildah add, commit', run: async (signal) => buildah.layerOf(tree, { signal, peakFile }) });
  }
  const docker = await fixtures.docker();
  if (docker !== undefined) {
    const base = (await fixtures.base()).layout;
    const project = writeProject(bench.path('memory/docker'), { wheels: fixtures.wheels(size), appFiles: 200, base });
    jobs.push({
      name: 'docker build --no-cache (daemon and pip)',
      run: async (signal) => docker.buildPeak(project, { signal, noCache: true }),
    });
  }
  return jobs;
}

function row(result: Measured): string[] {
  const peak = highest(result);
  if (peak === undefined) return [result.name, 'failed', '–'];
  return [result.name, megabytes(peak), milliseconds(Math.min(...result.times))];
}

function highest(result: Measured | undefined): number | undefined {
  return result === undefined || result.peaksBytes.length === 0 ? undefined : Math.max(...result.peaksBytes);
}
