import { setTimeout as wait } from 'node:timers/promises';
import { ourBuilder } from '../builders.ts';
import type { Fixtures } from '../fixtures.ts';
import { Contents } from '../inputs/content.ts';
import { median } from '../measured.ts';
import type { Bench } from '../session.ts';
import { markdownTable, megabytes, milliseconds } from '../table.ts';
import { source, sources } from './watch.ts';

interface Saved {
  readonly ms: number;
  readonly residentBytes: number;
}

/** Of the minutes that the bench is given, what is left for making inputs. */
const share = 0.9;
const longestPauseMs = 400;

/**
 * Saves for a long time, at random moments. Throws where one is not seen; counts builds that no save asked for, and
 * compares the memory of the first and the last sixth.
 */
export async function soak(bench: Bench, fixtures: Fixtures): Promise<void> {
  const random = new Contents(7);
  const spec = { label: 'soak', wheels: fixtures.wheels(10), appFiles: 2000 };
  const { project, store } = await ourBuilder(bench, fixtures, spec);
  await using watching = await fixtures.product().watch(project, store, 'app0');
  const files = sources(project);
  const built = watching.count('rebuilt');
  const saved: Saved[] = [];
  const end = performance.now() + bench.minutes * 60_000 * share;
  while (performance.now() < end && !bench.signal.aborted) {
    const ms = await watching.save(files[random.below(files.length)] ?? '', source(saved.length));
    saved.push({ ms, residentBytes: watching.residentBytes });
    await wait(random.below(longestPauseMs));
  }
  const extra = watching.count('rebuilt') - built - saved.length;
  const sixth = Math.max(1, Math.floor(saved.length / 6));
  const memory = (part: readonly Saved[]): string => megabytes(median(part.map((one) => one.residentBytes)) ?? 0);
  bench.say(
    markdownTable(
      [`soak, ${bench.minutes} minutes`, 'saves', 'not seen', 'builds too many', 'p50', 'memory, first sixth', 'last'],
      [
        [
          '2000 app files',
          `${saved.length}`,
          '0',
          `${extra}`,
          milliseconds(median(saved.map(({ ms }) => ms)) ?? 0),
          memory(saved.slice(0, sixth)),
          memory(saved.slice(-sixth)),
        ],
      ],
    ),
  );
}
