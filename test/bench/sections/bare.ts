import { builderNames, startBuilders } from '../builders.ts';
import type { Fixtures } from '../fixtures.ts';
import type { Goal } from '../goals.ts';
import type { Job } from '../measure.ts';
import { type Measured, median, named } from '../measured.ts';
import type { Bench } from '../session.ts';

/** The same builds of a project that has no dependencies: what of a build is not theirs. */
export async function bareJobs(bench: Bench, fixtures: Fixtures, appFiles: number): Promise<readonly Job[]> {
  const spec = { label: 'first-bare', wheels: [], appFiles, allPeers: false };
  return (await startBuilders(bench, fixtures, spec)).map((builder): Job => ({
    name: bare(builder.name),
    prepare: () => builder.forget(),
    run: async (signal) => builder.build({ signal, isCold: true }),
  }));
}

/** How much faster than `docker build` dependencies are installed: by whole builds, and by what they add to one. */
export function dockerGoals(results: readonly Measured[], docker: string, pip: string): readonly Goal[] {
  const [ours, theirs, oursBare, theirsBare] = [
    builderNames.ours,
    docker,
    bare(builderNames.ours),
    bare(builderNames.docker),
  ].map((name) => median(named(results, name)?.times ?? []));
  const goal = { wanted: `at least 8 × as fast as docker build (${pip})`, limit: 8, bound: 'least' } as const;
  return [
    { ...goal, job: 'wheels → dependency layers, whole build', found: timesAsFast([ours, theirs], [0, 0]) },
    {
      ...goal,
      job: 'the same, without what a build takes that has no wheels',
      found: timesAsFast([ours, theirs], [oursBare, theirsBare]),
    },
  ];
}

type Pair = readonly [ours: number | undefined, theirs: number | undefined];

function timesAsFast([ours, theirs]: Pair, [oursBare, theirsBare]: Pair): number | undefined {
  if (ours === undefined || theirs === undefined || oursBare === undefined || theirsBare === undefined)
    return undefined;
  return ours <= oursBare ? undefined : Math.max(0, theirs - theirsBare) / (ours - oursBare);
}

function bare(name: string): string {
  return `${name}, no wheels`;
}
