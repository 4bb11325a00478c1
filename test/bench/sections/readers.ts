import fs from 'node:fs';
import type { Fixtures } from '../fixtures.ts';
import { compare, type Job } from '../measure.ts';
import { ratio } from '../measured.ts';
import { writeOneLayerLayout } from '../layout.ts';
import type { ProgramName } from '../programs.ts';
import { pipeline, quoted, runProgram } from '../run-program.ts';
import type { Bench } from '../session.ts';
import { megabytes, timesTable } from '../table.ts';

interface Reader {
  readonly program: ProgramName;
  readonly name: string;
  readonly command: (layer: PackedTar, bench: Bench) => readonly string[];
}

/** One tar, packed by somebody. */
interface PackedTar {
  readonly file: string;
  /** The folder of an OCI layout that has it as its only layer. */
  readonly layout: string;
}

const everyEntry = 'import sys, tarfile\nfor _ in tarfile.open(sys.argv[1], "r|gz"): pass';

const programs: readonly Reader[] = [
  { program: 'gzip', name: 'gzip', command: ({ file }) => pipeline(`gzip -dc ${quoted(file)} > /dev/null`) },
  {
    program: 'pigz',
    name: 'unpigz (dockerd)',
    command: ({ file }) => pipeline(`pigz -dc ${quoted(file)} > /dev/null`),
  },
  { program: 'skopeo', name: 'Go (skopeo)', command: skopeo },
];

/** No goal speaks of it. */
const python: Reader = {
  program: 'python3',
  name: 'Python (tarfile)',
  command: ({ file }) => ['python3', '-c', everyEntry, file],
};

/** What our spliced streams cost those who decompress them, against one stream of gzip -6. */
export async function readers(bench: Bench, fixtures: Fixtures): Promise<void> {
  const { layer, ...packed } = await fixtures.packed();
  const ours = { file: packed.ours, layout: bench.path('readers/ours') };
  const plain = { file: packed.gzip6, layout: bench.path('readers/plain') };
  for (const { file, layout } of [ours, plain]) writeOneLayerLayout(layout, file, layer.diffId);
  const asked = bench.isBrief ? programs : [...programs, python];
  for (const reader of asked.filter(({ program }) => bench.programs.has(program))) {
    const job = (name: string, packed: PackedTar): Job => ({
      name,
      run: async (signal) => void (await runProgram(reader.command(packed, bench), { signal })),
    });
    const results = await compare(bench, [job('gzip -6', plain), job('pycontainer', ours)]);
    bench.say(timesTable(`${reader.name} reads ${megabytes(layer.uncompressedSizeBytes)}`, results));
    bench.goals.push({
      job: `${reader.name} reads a layer`,
      wanted: 'at most 1.1 × gzip -6',
      limit: 1.1,
      bound: 'most',
      found: ratio(results[1], results[0]),
    });
  }
}

function skopeo({ layout }: PackedTar, bench: Bench): readonly string[] {
  const target = bench.path('readers/unpacked');
  fs.rmSync(target, { recursive: true, force: true });
  return ['skopeo', '--insecure-policy', 'copy', '-q', '--dest-decompress', `oci:${layout}:latest`, `dir:${target}`];
}
