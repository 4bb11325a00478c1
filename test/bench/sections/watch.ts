import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Fixtures } from '../fixtures.ts';
import { ourBuilder } from '../builders.ts';
import { imageOf } from '../inputs/project.ts';
import { median, percentile } from '../measured.ts';
import { UmociPeer } from '../peers/umoci.ts';
import type { Bench } from '../session.ts';
import { markdownTable, milliseconds } from '../table.ts';
import type { Watching } from '../watching.ts';

const saves = 60;
/** Nobody saves again at once; who writes twice within some 50 ms is taken for a formatter. */
const pauseMs = 150;
/** Saves that come first and are not counted: code is not compiled yet. */
const warmUp = 10;
const goals: Readonly<Record<number, number>> = { 200: 25, 2000: 40, 20_000: 150 };

/** From a save to the new manifest in the OCI layout, with a watch as a process; beside umoci, which is given the one file. */
export async function watch(bench: Bench, fixtures: Fixtures): Promise<void> {
  const rows: string[][] = [];
  for (const appFiles of Object.keys(goals).map(Number)) {
    bench.signal.throwIfAborted();
    const spec = { label: `watch/app${appFiles}`, wheels: fixtures.wheels(10), appFiles };
    const { project, store } = await ourBuilder(bench, fixtures, spec);
    const times = await timesOf(bench, await fixtures.product().watch(project, store, 'app0'), sources(project));
    const [p50, p95] = [median(times) ?? 0, percentile(times, 0.95) ?? 0];
    const umoci = await insertOne(bench, project);
    rows.push([
      `${appFiles} app files`,
      ms(p50),
      ms(p95),
      ms(umoci),
      umoci === undefined ? '–' : (p50 / umoci).toFixed(1),
    ]);
    const limit = goals[appFiles] ?? 0;
    bench.goals.push({
      job: `save → manifest, ${appFiles} files`,
      wanted: `at most ${limit} ms (p50)`,
      limit,
      unit: 'ms',
      bound: 'most',
      found: p50,
    });
  }
  bench.say(markdownTable([`save → manifest, ${saves} saves`, 'p50', 'p95', 'umoci insert, p50', '× umoci'], rows));
}

async function timesOf(bench: Bench, started: Watching, files: readonly string[]): Promise<readonly number[]> {
  await using watching = started;
  const times: number[] = [];
  for (let index = 0; index < warmUp + saves; index += 1) {
    bench.signal.throwIfAborted();
    const time = await watching.save(files[(index * 7919) % files.length] ?? '', source(index));
    if (index >= warmUp) times.push(time);
    await wait(pauseMs);
  }
  return times;
}

/** Every Python file of the app, absolute. */
function sources(project: string): readonly string[] {
  const all = fs.readdirSync(path.join(project, 'src'), { recursive: true, encoding: 'utf8' });
  return all.filter((name) => name.endsWith('.py')).map((name) => path.join(project, 'src', name));
}

/** Never the same twice. */
export function source(index: number): string {
  return `edited = ${index}\n${'x = 1\n'.repeat(300 + (index % 7) * 100)}`;
}

/** Into a copy of the same image. */
async function insertOne(bench: Bench, project: string): Promise<number | undefined> {
  if (!bench.programs.has('umoci')) return undefined;
  const umoci = await UmociPeer.create(bench, 'watch', imageOf(project));
  const times: number[] = [];
  for (let run = 0; run < Math.max(5, bench.runs); run += 1) {
    const start = performance.now();
    await umoci.insert(path.join(project, 'src/main.py'), '/app/src/edited.py', { signal: bench.bounded() });
    times.push(performance.now() - start);
  }
  return median(times);
}

function ms(value: number | undefined): string {
  return value === undefined ? '–' : milliseconds(value);
}
