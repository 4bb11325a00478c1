import path from 'node:path';
import { runProgram } from '../run-program.ts';
import type { Bench } from '../session.ts';

const script = path.join(import.meta.dirname, '../registry.ts');

/** Pushes and large layers, in a process of its own, since its memory is what is measured. */
export async function registry(bench: Bench): Promise<void> {
  if (!bench.programs.has('docker-registry', 'skopeo'))
    return bench.say('missing: registry needs docker-registry, skopeo');
  const size = bench.pick({ small: 256, full: 1024 });
  const { stdout } = await runProgram(
    [process.execPath, script, '--runs', String(bench.runs), '--size-mib', String(size)],
    { signal: bench.bounded() },
  );
  bench.say(stdout.trim());
}
