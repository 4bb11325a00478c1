import { startBuilders } from '../builders.ts';
import type { Fixtures } from '../fixtures.ts';
import { compare } from '../measure.ts';
import type { Bench } from '../session.ts';
import { timesTable } from '../table.ts';

const appFiles = 2000;

/** Whole builds of one project from nothing, process start included, against everybody who can. */
export async function cold(bench: Bench, fixtures: Fixtures): Promise<void> {
  const wheels = fixtures.dependencies();
  const builders = await startBuilders(bench, fixtures, { label: 'cold', wheels, appFiles });
  const results = await compare(
    bench,
    builders.map((builder) => ({
      name: builder.name,
      prepare: () => builder.forget(),
      run: async (signal: AbortSignal) => builder.build({ signal, isCold: true }),
    })),
  );
  bench.say(timesTable(`cold: ${wheels.length} wheels, ${appFiles} app files`, results));
}
