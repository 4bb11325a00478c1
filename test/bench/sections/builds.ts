import { setTimeout } from 'node:timers/promises';
import { builderNames, type Builder, builtOnce, startBuilders } from '../builders.ts';
import type { Fixtures } from '../fixtures.ts';
import { editApp } from '../inputs/app.ts';
import { compare, type Job } from '../measure.ts';
import { type Measured, named, ratio } from '../measured.ts';
import type { Bench } from '../session.ts';
import { timesTable } from '../table.ts';

const appFiles = 2000;

/** Builds again of a project that was built before, process start included. */
export async function builds(bench: Bench, fixtures: Fixtures): Promise<void> {
  const wheels = fixtures.dependencies();
  const all = await startBuilders(bench, fixtures, { label: 'builds', wheels, appFiles });
  const builders = await builtOnce(bench, all);
  await unchanged(bench, builders);
  await oneFile(bench, builders);
}

/** Longer than the grain of clocks within which what has changed is not trusted to be as it was. */
const settledAfterMs = 3_000;

/** Of a project that everybody has found unchanged before, and more than once, with some seconds between. */
async function unchanged(bench: Bench, builders: readonly Builder[]): Promise<void> {
  for (let time = 0; time < 3; time++) {
    await setTimeout(settledAfterMs, undefined, { signal: bench.signal });
    for (const builder of builders) await builder.build({ signal: bench.bounded() });
  }
  const results = await compare(
    bench,
    builders.map((builder): Job => ({ name: builder.name, run: async (signal) => builder.build({ signal }) })),
  );
  bench.say(timesTable(`nothing changed, ${appFiles} app files`, results));
  bench.goals.push({
    job: `nothing changed, ${appFiles} app files`,
    wanted: 'at most 1 × docker build',
    limit: 1,
    bound: 'most',
    found: againstDocker(results),
  });
}

async function oneFile(bench: Bench, builders: readonly Builder[]): Promise<void> {
  const results = await compare(
    bench,
    builders.map((builder): Job => ({
      name: builder.name,
      prepare: () => editApp(`${builder.project}/src`),
      run: async (signal) => builder.build({ signal }),
    })),
  );
  bench.say(timesTable(`one app file changed among ${appFiles}`, results));
  bench.goals.push({
    job: `one app file changed among ${appFiles}`,
    wanted: 'at most 0.6 × docker build',
    limit: 0.6,
    bound: 'most',
    found: againstDocker(results),
  });
}

function againstDocker(results: readonly Measured[]): number | undefined {
  return ratio(named(results, builderNames.ours), named(results, builderNames.docker));
}
