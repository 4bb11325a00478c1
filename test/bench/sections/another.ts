import { type BuildersSpec, ourBuilder } from '../builders.ts';
import type { Fixtures } from '../fixtures.ts';
import type { Goal } from '../goals.ts';
import type { BenchWheel } from '../inputs/wheels.ts';
import type { Job } from '../measure.ts';
import { type Measured, median, named } from '../measured.ts';
import type { Bench } from '../session.ts';

export const another = 'pycontainer build, another project after it';
export const bare = 'pycontainer build, two projects without wheels, the second';

/** A second project with the same wheels as the first one in this store; and the same of two that have none. */
export async function anotherJobs(
  bench: Bench,
  fixtures: Fixtures,
  { wheels, appFiles }: { readonly wheels: readonly BenchWheel[]; readonly appFiles: number },
): Promise<readonly Job[]> {
  const second = { appFiles: appFiles + 1 };
  return [
    await afterwards(bench, fixtures, another, [
      { label: 'before', wheels, appFiles },
      { label: 'second', wheels, ...second },
    ]),
    await afterwards(bench, fixtures, bare, [
      { label: 'bare-before', wheels: [], appFiles },
      { label: 'bare-second', wheels: [], ...second },
    ]),
  ];
}

/** Builds the second one in the store of the first, which has been built there just now. */
async function afterwards(
  bench: Bench,
  fixtures: Fixtures,
  name: string,
  [first, second]: readonly [BuildersSpec, BuildersSpec],
): Promise<Job> {
  const before = await ourBuilder(bench, fixtures, first);
  const after = await ourBuilder(bench, fixtures, second);
  return {
    name,
    prepare: async (signal) => {
      before.forget();
      after.forget();
      await before.build({ signal });
    },
    run: async (signal) => fixtures.product().build(after.project, { store: before.store, signal }),
  };
}

/** For whole builds, and for what of them is not there without dependencies. */
export function anotherGoals(results: readonly Measured[], first: Measured | undefined): readonly Goal[] {
  const [firstMs, anotherMs, bareMs] = [first, named(results, another), named(results, bare)].map((result) =>
    median(result?.times ?? []),
  );
  const goal = { wanted: 'at most 0.1 × the first', limit: 0.1, bound: 'most' } as const;
  return [
    { ...goal, job: 'the same wheels in another project, whole build', found: share(anotherMs, firstMs, 0) },
    {
      ...goal,
      job: 'the same, without what a build takes that has no wheels',
      found: share(anotherMs, firstMs, bareMs),
    },
  ];
}

function share(part: number | undefined, whole: number | undefined, less: number | undefined): number | undefined {
  if (part === undefined || whole === undefined || less === undefined || whole <= less) return undefined;
  return Math.max(0, part - less) / (whole - less);
}
