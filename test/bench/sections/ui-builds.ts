import fs from 'node:fs';
import { ourBuilder } from '../builders.ts';
import type { Fixtures } from '../fixtures.ts';
import { compare, type Job } from '../measure.ts';
import { type Measured, named, ratio } from '../measured.ts';
import { gnuTime, pipeline, quoted, runProgram } from '../run-program.ts';
import type { Bench } from '../session.ts';
import { timesTable } from '../table.ts';

const kinds = ['plain', 'tty'] as const;
const script = '/usr/bin/script';
/** What machines differ by from run to run is not the screen's. */
const limit = 1.05;

/** What looking on costs a real build: cold builds of one project in a terminal, with lines and with the screen. */
export async function shownBuilds(bench: Bench, fixtures: Fixtures): Promise<void> {
  const goal = { wanted: `at most ${limit} × plain`, limit, bound: 'most' } as const;
  const job = 'time of a build with the screen';
  if (gnuTime === undefined || !fs.existsSync(script)) {
    bench.say(`missing: GNU time or ${script}, so builds in a terminal are not measured`);
    bench.goals.push({ ...goal, job, found: undefined });
    return;
  }
  const { wall, processor } = await measured(bench, fixtures);
  bench.say(timesTable('cold build in a terminal: time', wall));
  bench.say(timesTable("cold build in a terminal: processor's time", processor));
  bench.goals.push({ ...goal, job, found: ratio(named(wall, 'tty'), named(wall, 'plain')) });
}

/** Both in the same runs. */
async function measured(
  bench: Bench,
  fixtures: Fixtures,
): Promise<{ readonly wall: readonly Measured[]; readonly processor: readonly Measured[] }> {
  const wheels = fixtures.wheels(bench.pick({ small: 40, full: 280 }));
  const builder = await ourBuilder(bench, fixtures, { label: 'ui', wheels, appFiles: 2000, targets: 4 });
  const processorMs = new Map<string, number[]>(kinds.map((kind) => [kind, []]));
  const wall = await compare(
    bench,
    kinds.map((kind): Job => ({
      name: kind,
      prepare: () => builder.forget(),
      run: async (signal) => {
        const command = fixtures.product().shownBuild(builder.project, { store: builder.store, progress: kind });
        const times = await timesInTerminal(command, { signal, timesFile: bench.path('ui/times') });
        processorMs.get(kind)?.push(times.processorMs);
        return { ms: times.wallMs };
      },
    })),
  );
  const processor = wall.map((result) => ({ ...result, times: processorMs.get(result.name) ?? [] }));
  return { wall, processor };
}

interface TerminalOptions {
  readonly signal: AbortSignal;
  /** Where GNU time is to leave what it saw. */
  readonly timesFile: string;
}

async function timesInTerminal(
  { argv, env }: { readonly argv: readonly string[]; readonly env: NodeJS.ProcessEnv },
  { signal, timesFile }: TerminalOptions,
): Promise<{ readonly wallMs: number; readonly processorMs: number }> {
  const timed = [gnuTime ?? '', '-q', '-f', '%e %U %S', '-o', timesFile, ...argv].map(quoted).join(' ');
  const inTerminal = [script, '-qec', `stty cols 100 rows 30; ${timed}`, '/dev/null'].map(quoted).join(' ');
  // Somebody must read what the terminal shows.
  await runProgram(pipeline(`${inTerminal} | cat`), { signal, env: { ...env, TERM: 'xterm-256color' } });
  const [wall = 0, user = 0, system = 0] = fs.readFileSync(timesFile, 'utf8').trim().split(' ').map(Number);
  return { wallMs: wall * 1000, processorMs: (user + system) * 1000 };
}
