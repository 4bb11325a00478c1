import { ourBuilder, startBuilders, type Builder } from '../builders.ts';
import type { Fixtures } from '../fixtures.ts';
import { editApp } from '../inputs/app.ts';
import { compare, type Job } from '../measure.ts';
import { type Measured, median } from '../measured.ts';
import type { Bench } from '../session.ts';
import { markdownTable, milliseconds } from '../table.ts';

/** Jobs that take longer are run fewer times. */
const enoughMs = 30_000;

/** How times grow with the dependencies, the app, and the number of targets. */
export async function scale(bench: Bench, fixtures: Fixtures): Promise<void> {
  const head = ['', 'cold', 'one file changed', 'nothing changed'];
  const rows: string[][] = [];
  if (bench.wheels === undefined) {
    for (const size of bench.pick({ small: [10, 50], full: [10, 100, 500] })) {
      const label = `scale/dependencies${size}`;
      const spec = { label, wheels: fixtures.wheels(size), appFiles: 200, allPeers: false };
      const builders = await startBuilders(bench, fixtures, spec);
      rows.push(...(await rowsOf(bench, `${size} MB of dependencies`, builders)));
    }
  }
  for (const appFiles of bench.pick({ small: [200, 2000], full: [200, 2000, 20_000] })) {
    const spec = { label: `scale/app${appFiles}`, wheels: [], appFiles, allPeers: false };
    const builders = await startBuilders(bench, fixtures, spec);
    rows.push(...(await rowsOf(bench, `${appFiles} app files`, builders)));
  }
  const wheels = fixtures.wheels(10);
  for (const targets of bench.pick({ small: [1, 10], full: [1, 10, 50] })) {
    const spec = { label: `scale/targets${targets}`, wheels, appFiles: 2000, targets };
    rows.push(
      ...(await rowsOf(bench, `${targets} targets, 2000 app files`, [await ourBuilder(bench, fixtures, spec)])),
    );
  }
  bench.say(markdownTable(head, rows));
}

async function rowsOf(bench: Bench, title: string, builders: readonly Builder[]): Promise<string[][]> {
  const jobs = (prepare: (builder: Builder) => void, isCold: boolean): Promise<Measured[]> =>
    compare(
      bench,
      builders.map((builder): Job => ({
        name: builder.name,
        prepare: () => prepare(builder),
        run: async (signal) => builder.build({ signal, isCold }),
      })),
      { enoughMs },
    );
  const results = [
    await jobs((builder) => builder.forget(), true),
    await jobs((builder) => editApp(`${builder.project}/src`), false),
    await jobs(() => undefined, false),
  ];
  return builders.map(({ name }, index) => [
    `${title}: ${name}`,
    ...results.map((list) => cell(list[index], bench.runs)),
  ]);
}

/** With how many runs it had, where they were fewer than asked for. */
function cell(result: Measured | undefined, runs: number): string {
  const times = result?.times ?? [];
  const middle = median(times);
  if (middle === undefined) return 'failed';
  return `${milliseconds(middle)}${times.length < runs ? ` (${times.length} runs)` : ''}`;
}
