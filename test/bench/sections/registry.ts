import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { type DockerRegistry, startDockerRegistry } from '../../support/docker-registry.ts';
import type { Fixtures } from '../fixtures.ts';
import { writeLargeLayout } from '../../support/large-layer.ts';
import { compare, type Job } from '../measure.ts';
import { gnuTime, runProgram } from '../run-program.ts';
import type { Bench } from '../session.ts';
import { markdownTable, megabytes, milliseconds } from '../table.ts';

const script = path.join(import.meta.dirname, '../registry.ts');

/** Pushes beside skopeo's, in a process of their own; and what a large layer takes of the whole program's memory. */
export async function registry(bench: Bench, fixtures: Fixtures): Promise<void> {
  if (!bench.programs.has('docker-registry', 'skopeo'))
    return bench.say('missing: registry needs docker-registry, skopeo');
  const size = bench.pick({ small: 256, full: 1024 });
  const { stdout } = await runProgram([process.execPath, script, '--runs', String(bench.runs)], {
    signal: bench.bounded(),
  });
  bench.say(stdout.trim());
  await peakMemory(bench, fixtures, size);
}

/** A base of one layer: pulled into a layout, pushed from a layout, and brought from one registry to another. */
async function peakMemory(bench: Bench, fixtures: Fixtures, size: number): Promise<void> {
  if (gnuTime === undefined) return bench.say('missing: memory of large layers needs GNU time as /usr/bin/time');
  await using from = await startDockerRegistry();
  await using to = await startDockerRegistry();
  const layout = writeLargeLayout(bench.path('large/layout'), size);
  const copy = ['--insecure-policy', 'copy', '--quiet', '--dest-tls-verify=false'];
  execFileSync('skopeo', [...copy, `oci:${layout}`, `docker://${from.host}/large:1`], { stdio: 'ignore' });
  const jobs = [
    job(bench, fixtures, 'pull of a base into a layout', { base: `${from.host}/large:1` }),
    job(bench, fixtures, 'push of a base from a layout', { base: `oci:${layout}`, to }),
    job(bench, fixtures, 'a base from registry to registry', { base: `${from.host}/large:1`, to }),
  ];
  const results = await compare(bench, jobs, { runs: Math.min(bench.runs, 3) });
  const rows = results.map(({ name, peaksBytes, times, failure }) => {
    const peak = peaksBytes.length === 0 ? undefined : Math.max(...peaksBytes);
    bench.goals.push({
      job: `peak memory, ${name}, ${size} MiB`,
      wanted: 'less than 150 MB',
      limit: 150,
      unit: 'MB',
      bound: 'most',
      found: peak === undefined ? undefined : peak / 1e6,
    });
    if (peak === undefined) return [`${name}: ${(failure ?? '').slice(-160)}`, '–', '–'];
    return [name, megabytes(peak), milliseconds(Math.min(...times))];
  });
  bench.say(markdownTable([`one layer of ${size} MiB`, 'peak memory', 'fastest run'], rows));
}

interface Way {
  readonly base: string;
  /** Absent: into a layout. */
  readonly to?: DockerRegistry;
}

/** Each run is a first one, with an empty store, to another repository. */
function job(bench: Bench, fixtures: Fixtures, name: string, { base, to }: Way): Job {
  const project = bench.path('large', name.replaceAll(' ', '-'), 'project');
  const store = bench.path('large', name.replaceAll(' ', '-'), 'store');
  let run = 0;
  return {
    name,
    prepare: () => {
      fs.rmSync(path.dirname(project), { recursive: true, force: true });
      fs.mkdirSync(project, { recursive: true });
      fs.writeFileSync(path.join(project, 'main.py'), '');
      const outputs = to === undefined ? [{ type: 'oci', dest: 'image' }] : [{ type: 'registry' }];
      const tags = [`${to?.host ?? 'example.com'}/run${(run += 1)}:1`];
      const manifest = { targets: { app: { base, tags, outputs, cmd: ['/large'] } } };
      fs.writeFileSync(path.join(project, 'pycontainer.yaml'), JSON.stringify(manifest));
    },
    run: async (signal) => fixtures.product().build(project, { store, signal, peakFile: bench.path('large/peak') }),
  };
}
