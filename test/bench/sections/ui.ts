import path from 'node:path';
import { compare, type Sample } from '../measure.ts';
import { type Measured, median, named } from '../measured.ts';
import { runProgram } from '../run-program.ts';
import type { Fixtures } from '../fixtures.ts';
import type { Bench } from '../session.ts';
import { timesTable } from '../table.ts';
import { shownBuilds } from './ui-builds.ts';

const script = path.join(import.meta.dirname, 'ui-events.ts');
const kinds = ['plain', 'tty'] as const;
/** Of two seconds that the events take: what a build would not notice. */
const limitMs = 100;

/** What it costs to look on: a thousand events on a screen and in a plain log, and whole builds in a terminal. */
export async function ui(bench: Bench, fixtures: Fixtures): Promise<void> {
  const events = await measured(bench, 'eventsMs');
  bench.say(timesTable('processor time for 1,000 events in 2 s', events));
  bench.say(timesTable('processor time until the first is shown', await measured(bench, 'loadMs')));
  const [plain, tty] = kinds.map((kind) => median(named(events, kind)?.times ?? []));
  bench.goals.push({
    job: 'processor time that a screen takes more than lines, for 1,000 events',
    wanted: `at most ${limitMs} ms of 2 s`,
    limit: limitMs,
    unit: 'ms',
    found: plain === undefined || tty === undefined ? undefined : tty - plain,
    bound: 'most',
  });
  await shownBuilds(bench, fixtures);
}

function measured(bench: Bench, figure: 'eventsMs' | 'loadMs'): Promise<Measured[]> {
  return compare(
    bench,
    kinds.map((kind) => ({
      name: kind,
      run: async (signal: AbortSignal) => ({ ms: await costOf(kind, figure, signal) }) satisfies Sample,
    })),
  );
}

async function costOf(kind: string, figure: 'eventsMs' | 'loadMs', signal: AbortSignal): Promise<number> {
  const { CI: _noCi, CONTINUOUS_INTEGRATION: _none, ...rest } = process.env;
  const env = { ...rest, NODE_ENV: 'production' };
  const { stdout } = await runProgram([process.execPath, script, kind], { signal, env });
  const figures = JSON.parse(stdout) as Record<typeof figure, number>;
  return figures[figure];
}
