import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ourBuilder } from '../builders.ts';
import type { Fixtures } from '../fixtures.ts';
import { Contents } from '../inputs/content.ts';
import { imageOf } from '../inputs/project.ts';
import { median, percentile } from '../measured.ts';
import type { Bench } from '../session.ts';
import { markdownTable, megabytes, milliseconds } from '../table.ts';
import { SoakedTree, type Act } from './soaked-tree.ts';

interface Done {
  readonly act: Act;
  readonly ms: number;
  readonly atMs: number;
  readonly residentBytes: number;
}

/** Of the time that the bench is given, what is left for the last comparison: this much, or a tenth. */
const reserveMs = 60_000;
const longestPauseMs = 400;
const longestPartMs = 10 * 60_000;
/** Longer than any pause of the watch. */
const restMs = 1500;
const appFiles = 2000;

/**
 * Changes files for a long time, at random moments. Throws where a change is not seen, and where the image is not in the
 * end what a build from nothing gives; counts builds that no change asked for, and compares the memory at the beginning
 * and at the end.
 */
export async function soak(bench: Bench, fixtures: Fixtures): Promise<void> {
  const random = new Contents(7);
  const spec = { label: 'soak', wheels: fixtures.wheels(10), appFiles };
  const { project, store } = await ourBuilder(bench, fixtures, spec);
  await using watching = await fixtures.product().watch(project, store, 'app0');
  const tree = new SoakedTree(path.join(project, 'src'), random);
  await wait(restMs);
  const built = watching.count('rebuilt');
  const done: Done[] = [];
  const limitMs = bench.minutes * 60_000;
  const end = limitMs - Math.max(reserveMs, limitMs / 10);
  while (performance.now() < end && !bench.signal.aborted) {
    const act = tree.choose();
    const ms = act === 'nothing' ? noTime(tree) : await watching.seen(() => tree.change(act));
    done.push({ act, ms, atMs: performance.now(), residentBytes: watching.residentBytes });
    await wait(random.below(longestPauseMs));
  }
  await wait(restMs);
  const changes = done.filter(({ act }) => act !== 'nothing');
  const isEqual = await isAsFromNothing(bench, fixtures, project);
  const result = { done, changes, builds: watching.count('rebuilt') - built, isEqual };
  bench.say(resultTable(result));
  if (!isEqual) throw new Error('the image is not what a build from nothing gives');
}

/** What changes no image is not waited for. */
function noTime(tree: SoakedTree): number {
  tree.change('nothing');
  return 0;
}

async function isAsFromNothing(bench: Bench, fixtures: Fixtures, project: string): Promise<boolean> {
  const copy = path.join(bench.path('soak-copy', 'x'), '../project');
  const isSource = (file: string): boolean => path.basename(file) !== '.pycontainer';
  fs.cpSync(project, copy, { recursive: true, filter: isSource });
  await fixtures.product().build(copy, { store: bench.path('soak-copy', 'store'), signal: bench.bounded() });
  const [kept, fresh] = [project, copy].map((one) => fs.readFileSync(path.join(imageOf(one), 'index.json'), 'utf8'));
  return kept === fresh;
}

interface Result {
  readonly done: readonly Done[];
  readonly changes: readonly Done[];
  readonly builds: number;
  readonly isEqual: boolean;
}

function resultTable({ done, changes, builds, isEqual }: Result): string {
  const counts = Map.groupBy(done, ({ act }) => act);
  const kinds = [...counts].map(([act, all]) => `${all.length} × ${act}`).toSorted();
  const times = changes.map(({ ms }) => ms);
  const [from, to] = [done[0]?.atMs ?? 0, done.at(-1)?.atMs ?? 0];
  const partMs = Math.min(longestPartMs, (to - from) / 6);
  const memory = (part: readonly Done[]): string =>
    megabytes(median(part.map(({ residentBytes }) => residentBytes)) ?? 0);
  return markdownTable(
    [`soak of ${Math.round((to - from) / 60_000)} minutes, ${appFiles} app files`, 'found'],
    [
      ['changes', kinds.join(', ')],
      ['changes that were not seen', '0'],
      ['builds for them', `${builds} for ${changes.length}`],
      ['image in the end', isEqual ? 'as from nothing' : 'NOT as from nothing'],
      ['change → manifest, p50', milliseconds(median(times) ?? 0)],
      ['change → manifest, p95', milliseconds(percentile(times, 0.95) ?? 0)],
      [
        `memory, first ${(partMs / 60_000).toFixed(1)} minutes`,
        memory(done.filter(({ atMs }) => atMs <= from + partMs)),
      ],
      [`memory, last ${(partMs / 60_000).toFixed(1)} minutes`, memory(done.filter(({ atMs }) => atMs >= to - partMs))],
    ],
  );
}
