import { builderNames, type Builder, startBuilders } from '../builders.ts';
import type { Fixtures } from '../fixtures.ts';
import { editApp } from '../inputs/app.ts';
import type { BenchWheel } from '../inputs/wheels.ts';
import { compare, type Job } from '../measure.ts';
import { type Measured, named, ratio } from '../measured.ts';
import { UmociPeer } from '../peers/umoci.ts';
import type { Bench } from '../session.ts';
import { timesTable } from '../table.ts';

const appFiles = 2000;

/** Whole builds of one project, process start included, against those who build it from a Dockerfile. */
export async function builds(bench: Bench, fixtures: Fixtures): Promise<void> {
  const wheels = fixtures.wheels(bench.pick({ small: 40, full: 280 }));
  const all = await startBuilders(bench, fixtures, { label: 'builds', wheels, appFiles });
  await cold(bench, all, wheels);
  await unchanged(bench, all);
  await oneFile(bench, fixtures, all);
}

async function cold(bench: Bench, all: readonly Builder[], wheels: readonly BenchWheel[]): Promise<void> {
  const jobs = all.map((builder): Job => ({
    name: builder.name,
    prepare: () => builder.forget(),
    run: async (signal) => builder.build({ signal, isCold: true }),
  }));
  const results = await compare(bench, jobs);
  bench.say(timesTable(`cold: ${wheels.length} wheels, ${appFiles} app files`, results));
}

async function unchanged(bench: Bench, all: readonly Builder[]): Promise<void> {
  for (const builder of all) await builder.build({ signal: bench.bounded() });
  const results = await compare(
    bench,
    all.map((builder): Job => ({ name: builder.name, run: async (signal) => builder.build({ signal }) })),
  );
  bench.say(timesTable('nothing changed', results));
  bench.goals.push({
    job: 'nothing changed',
    wanted: 'at most 1 × docker build',
    limit: 1,
    bound: 'most',
    found: againstDocker(results),
  });
}

async function oneFile(bench: Bench, fixtures: Fixtures, all: readonly Builder[]): Promise<void> {
  const jobs = all.map((builder): Job => ({
    name: builder.name,
    prepare: () => editApp(`${builder.project}/src`),
    run: async (signal) => builder.build({ signal }),
  }));
  const results = await compare(bench, [...jobs, ...(await insertJobs(bench, fixtures, all))]);
  bench.say(timesTable(`one app file changed among ${appFiles}`, results));
  bench.goals.push({
    job: 'one app file changed',
    wanted: 'at most 0.6 × docker build',
    limit: 0.6,
    bound: 'most',
    found: againstDocker(results),
  });
}

/** umoci knows nothing of what was there: it packs the whole tree again. */
async function insertJobs(bench: Bench, fixtures: Fixtures, all: readonly Builder[]): Promise<readonly Job[]> {
  const [ours] = all;
  if (ours === undefined || !bench.programs.has('umoci')) return [];
  const umoci = await UmociPeer.create(bench, 'builds', (await fixtures.base()).layout);
  const tree = `${ours.project}/src`;
  return [{ name: 'umoci insert of the app', run: async (signal) => umoci.insert(tree, '/app/src', { signal }) }];
}

function againstDocker(results: readonly Measured[]): number | undefined {
  return ratio(named(results, builderNames.ours), named(results, builderNames.docker));
}
