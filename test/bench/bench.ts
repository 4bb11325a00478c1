/**
 * Measures pycontainer beside those who do the same work, in one run on one machine. README.md here says what is
 * measured, and how everybody is called. Peers that are not installed are named and left out. Everything has a time
 * bound; everything that is started is stopped.
 *
 *   npm run bench -- goals [--runs N]
 *   npm run bench -- [SECTION…] [--scale small|full] [--runs N] [--wheels DIR] [--limit SECONDS] [--minutes N]
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Fixtures } from './fixtures.ts';
import { goalsSentence, goalsTable } from './goals.ts';
import { busy, load, machine } from './machine.ts';
import { Programs } from './programs.ts';
import { builds } from './sections/builds.ts';
import { cold } from './sections/cold.ts';
import { layers } from './sections/layers.ts';
import { memory } from './sections/memory.ts';
import { packages } from './sections/packages.ts';
import { readers } from './sections/readers.ts';
import { registry } from './sections/registry.ts';
import { scale } from './sections/scale.ts';
import { ui } from './sections/ui.ts';
import { soak } from './sections/watch-soak.ts';
import { watchHttp } from './sections/watch-http.ts';
import { watch } from './sections/watch.ts';
import { Bench } from './session.ts';
import { settingsOf } from './settings.ts';

const sections: Readonly<Record<string, (bench: Bench, fixtures: Fixtures) => Promise<void>>> = {
  layers,
  readers,
  packages,
  builds,
  cold,
  memory,
  watch,
  'watch-http': watchHttp,
  scale,
  registry,
  ui,
  soak,
};
const all = Object.keys(sections);
const settings = settingsOf(process.argv.slice(2), {
  all,
  usual: all.filter((name) => name !== 'soak'),
  goals: ['layers', 'readers', 'packages', 'builds', 'memory', 'watch'],
});
const started = performance.now();
const loadBefore = load();
const ending = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => ending.abort(new Error(name)));

await using bench = new Bench({
  ...settings,
  folder: fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'pycontainer-bench-')),
  programs: new Programs(settings.isBrief ? ['buildah', 'zstd'] : []),
  signal: AbortSignal.any([ending.signal, AbortSignal.timeout(settings.minutes * 60_000)]),
});
const fixtures = new Fixtures(bench);
bench.say(heading());
fixtures.product();
for (const name of settings.sections) await run(name);
if (bench.goals.length > 0) bench.say(`${heading()}\n\n${goalsTable(bench.goals)}\n\n${goalsSentence(bench.goals)}`);
bench.say(`Took ${Math.ceil((performance.now() - started) / 60_000)} minutes.`);

/** A section that fails takes no other with it, but the bench fails then. */
async function run(name: string): Promise<void> {
  try {
    bench.signal.throwIfAborted();
    await sections[name]?.(bench, fixtures);
  } catch (error) {
    process.exitCode = 1;
    bench.say(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function heading(): string {
  const date = new Date().toISOString().slice(0, 10);
  const command = ['npm run bench --', ...process.argv.slice(2)].join(' ');
  return [
    `${date}, ${machine()}. \`${command}\`, medians of ${settings.runs} runs.`,
    bench.programs.describe(),
    ...(settings.scale === 'full'
      ? []
      : ['The goals are set for --scale full: what is small is mostly process start.']),
    ...[busy(loadBefore)].filter((words) => words !== undefined),
  ].join('\n');
}
