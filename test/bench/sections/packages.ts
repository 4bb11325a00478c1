import fs from 'node:fs';
import path from 'node:path';
import { type Builder, builderNames, builtOnce, ourBuilder, startBuilders } from '../builders.ts';
import type { Fixtures } from '../fixtures.ts';
import { wheelsOf, writeProject, writeRequirements } from '../inputs/project.ts';
import { type BenchWheel, writeBenchWheel } from '../inputs/wheels.ts';
import { compare, type Job } from '../measure.ts';
import { named, ratio } from '../measured.ts';
import type { Bench } from '../session.ts';
import { timesTable } from '../table.ts';
import { anotherGoals, anotherJobs } from './another.ts';
import { bareJobs, dockerGoals } from './bare.ts';
import { stranger } from './stranger.ts';

const appFiles = 10;
const withBytecode = 'docker build (BuildKit, pip, which writes bytecode)';
const alone = 'pycontainer build, a project of that package alone';

/** What dependencies cost: the first time, in a second project, and when one of many packages moves. */
export async function packages(bench: Bench, fixtures: Fixtures): Promise<void> {
  const wheels = fixtures.dependencies();
  await first(bench, fixtures, wheels);
  await bump(bench, fixtures, wheels);
  await stranger(bench, fixtures);
}

async function first(bench: Bench, fixtures: Fixtures, wheels: readonly BenchWheel[]): Promise<void> {
  const builders = await startBuilders(bench, fixtures, { label: 'first', wheels, appFiles, allPeers: false });
  const jobs = builders.map((builder): Job => ({
    name: builder.name,
    prepare: () => builder.forget(),
    run: async (signal) => builder.build({ signal, isCold: true }),
  }));
  const more = [
    await bareJobs(bench, fixtures, appFiles),
    await anotherJobs(bench, fixtures, { wheels, appFiles }),
    await bytecodeJobs(bench, fixtures, wheels),
  ];
  const results = await compare(bench, [...jobs, ...more.flat()]);
  bench.say(timesTable(`cold: ${wheels.length} wheels, ${appFiles} app files`, results));
  bench.goals.push(...dockerGoals(results, builderNames.docker, 'pip --no-compile'));
  if (named(results, withBytecode) !== undefined) bench.goals.push(...dockerGoals(results, withBytecode, 'pip'));
  bench.goals.push(...anotherGoals(results, named(results, builderNames.ours)));
}

async function bytecodeJobs(bench: Bench, fixtures: Fixtures, wheels: readonly BenchWheel[]): Promise<readonly Job[]> {
  const docker = await fixtures.docker();
  if (docker === undefined) return [];
  const base = (await fixtures.base()).layout;
  const project = writeProject(bench.path('first/bytecode'), { wheels, appFiles, base, bytecode: true });
  return [{ name: withBytecode, run: async (signal) => docker.build(project, { signal, noCache: true }) }];
}

/** Without Buildah, whose cache (1.28) does not notice that a file has changed that a step binds. */
async function bump(bench: Bench, fixtures: Fixtures, wheels: readonly BenchWheel[]): Promise<void> {
  const versions = newVersions(bench);
  const [before] = versions;
  if (before === undefined) return;
  const all = [...wheels, before];
  const spec = { label: 'bump', wheels: all, appFiles };
  const everybody = bench.isBrief
    ? [await ourBuilder(bench, fixtures, spec)]
    : (await startBuilders(bench, fixtures, spec)).filter(({ name }) => name !== builderNames.buildah);
  const single = await ourBuilder(bench, fixtures, { label: 'bump-alone', wheels: [before], appFiles });
  const builders = await builtOnce(bench, everybody);
  await single.build({ signal: bench.bounded() });
  const results = await compare(bench, [
    ...builders.map((builder) => bumpJob(builder.name, builder, wheels, versions)),
    bumpJob(alone, single, [], versions),
  ]);
  bench.say(timesTable(`one package of ${all.length} bumped`, results));
  bench.goals.push({
    job: `one package of ${all.length} bumped`,
    wanted: 'at most 1.25 × a project of that package alone',
    limit: 1.25,
    bound: 'most',
    found: ratio(named(results, builderNames.ours), named(results, alone)),
  });
}

/** A version for each run that nobody has seen before. */
function newVersions(bench: Bench): readonly BenchWheel[] {
  const folder = bench.path('bumped');
  return Array.from({ length: bench.runs + 1 }, (_, index) =>
    writeBenchWheel(folder, { name: 'bumped', version: `1.${index}`, sizeBytes: 6_000_000, native: true }),
  );
}

function bumpJob(name: string, builder: Builder, others: readonly BenchWheel[], versions: readonly BenchWheel[]): Job {
  let turn = 0;
  return {
    name,
    prepare: () => {
      const [old, next] = [versions[turn], versions[++turn]];
      if (old === undefined || next === undefined) throw new Error('no version is left');
      fs.rmSync(path.join(wheelsOf(builder.project), old.filename));
      writeRequirements(builder.project, [...others, next]);
    },
    run: async (signal) => builder.build({ signal }),
  };
}
