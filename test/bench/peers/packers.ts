import type { Job } from '../measure.ts';
import { pipeline, quoted, runProgram } from '../run-program.ts';
import type { Bench } from '../session.ts';

const packers = [
  { program: 'gzip', command: 'gzip -6' },
  { program: 'pigz', command: 'pigz -6' },
  { program: 'zstd', command: 'zstd -3 -T0 -q' },
] as const;

/** `tar | packer` of a folder, for each packer that is here; with `peakFile`, the larger one's peak memory too. */
export function packerJobs(bench: Bench, folder: string, peakFile?: string): readonly Job[] {
  const output = quoted(bench.path('packed'));
  return packers.flatMap(({ program, command }): readonly Job[] => {
    if (!bench.programs.has(program)) return [];
    const whole = `tar -C ${quoted(folder)} -cf - . | ${command} > ${output}`;
    const name = packerName(command);
    const peak = peakFile === undefined ? {} : { peakFile };
    return [{ name, run: async (signal) => runProgram(pipeline(whole), { signal, ...peak }) }];
  });
}

/** What the job of a packer's command is called. */
export function packerName(command: (typeof packers)[number]['command']): string {
  return `tar + ${command.replace(' -q', '')}`;
}
