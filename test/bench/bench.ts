/**
 * Measures pycontainer beside those who do the same work, in one run on one machine. Peers that are not installed are
 * named and left out. Everything has a time bound; everything that is started is stopped.
 *
 *   npm run bench -- [SECTION…] [--scale small|full] [--runs N] [--wheels DIR] [--limit SECONDS] [--minutes N]
 *
 * Sections: layers readers packages builds scale memory registry ui watch (default: all), and soak, which saves under a
 * watch for the minutes that are given. Figures are medians of N runs (5 at
 * least, if they are to be quoted) by turns; a column × says how many times as long as the first row each took.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Fixtures } from './fixtures.ts';
import { goalsTable } from './goals.ts';
import { Programs } from './programs.ts';
import { builds } from './sections/builds.ts';
import { layers } from './sections/layers.ts';
import { memory } from './sections/memory.ts';
import { packages } from './sections/packages.ts';
import { readers } from './sections/readers.ts';
import { registry } from './sections/registry.ts';
import { scale } from './sections/scale.ts';
import { ui } from './sections/ui.ts';
import { soak } from './sections/watch-soak.ts';
import { watch } from './sections/watch.ts';
import { Bench, type Scale } from './session.ts';

const sections = { layers, readers, packages, builds, scale, memory, registry, ui, watch, soak } as const;
type SectionName = keyof typeof sections;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    scale: { type: 'string', default: 'small' },
    runs: { type: 'string', default: '5' },
    wheels: { type: 'string' },
    limit: { type: 'string', default: '300' },
    minutes: { type: 'string' },
  },
});

const chosen = chosenSections(positionals);
const size = chosenScale(values.scale);
const ending = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => ending.abort(new Error(name)));

await using bench = new Bench({
  folder: fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'pycontainer-bench-')),
  runs: positive('runs', values.runs),
  scale: size,
  minutes: minutes(),
  limitMs: positive('limit', values.limit) * 1000,
  programs: new Programs(),
  signal: AbortSignal.any([ending.signal, AbortSignal.timeout(minutes() * 60_000)]),
  ...(values.wheels === undefined ? {} : { wheels: path.resolve(values.wheels) }),
});

bench.say([`${new Date().toISOString().slice(0, 10)}, ${machine()}`, bench.programs.describe()].join('\n'));
const fixtures = new Fixtures(bench);
for (const name of chosen) await run(name);
if (bench.goals.length > 0) bench.say(goalsTable(bench.goals));
if (size === 'small') bench.say('The goals are set for --scale full: what is small is mostly process start.');

/** A section that fails takes no other with it, but the bench fails then. */
async function run(name: SectionName): Promise<void> {
  try {
    bench.signal.throwIfAborted();
    await sections[name](bench, fixtures);
  } catch (error) {
    process.exitCode = 1;
    bench.say(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function machine(): string {
  const cores = os.cpus();
  const memory = Math.round(os.totalmem() / 1e9);
  const load = (os.loadavg()[0] ?? 0).toFixed(1);
  return [
    `${cores.length} × ${cores[0]?.model.trim() ?? 'unknown'}, ${memory} GB, load ${load}`,
    `${os.type()} ${os.release()}, Node ${process.version}, zlib ${process.versions.zlib}`,
    `scale ${size}, ${values.runs} runs`,
  ].join('\n');
}

function minutes(): number {
  return values.minutes === undefined ? { small: 40, full: 300 }[size] : positive('minutes', values.minutes);
}

function chosenSections(names: readonly string[]): readonly SectionName[] {
  const all = Object.keys(sections) as SectionName[];
  const unknown = names.find((name) => !(name in sections));
  if (unknown !== undefined) throw new Error(`no section is called ${unknown}: there are ${all.join(', ')}`);
  return names.length === 0 ? all.filter((name) => name !== 'soak') : all.filter((name) => names.includes(name));
}

function chosenScale(name: string): Scale {
  if (name === 'small' || name === 'full') return name;
  throw new Error('--scale is small or full');
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (value > 0) return value;
  throw new Error(`--${name} is a positive number`);
}
