import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';

export interface ProgramRun {
  readonly ms: number;
  /** Of the largest process; only where it was asked for, and GNU time is there. */
  readonly peakBytes?: number;
  readonly stdout: string;
}

export interface ProgramOptions {
  /** Kills the program, and all that it started, when it fires. */
  readonly signal: AbortSignal;
  readonly env?: NodeJS.ProcessEnv;
  /** Where GNU time is to leave the peak memory. */
  readonly peakFile?: string;
}

/** Where GNU time stands; absent: peak memory cannot be measured. */
export const gnuTime: string | undefined = ['/usr/bin/time', '/opt/homebrew/bin/gtime'].find((file) =>
  fs.existsSync(file),
);

/** Runs a program from its start to its end. Throws what it wrote on stderr when it fails, or the signal's reason. */
export async function runProgram(argv: readonly string[], options: ProgramOptions): Promise<ProgramRun> {
  const { signal, env = process.env, peakFile } = options;
  signal.throwIfAborted();
  const watch = peakFile === undefined || gnuTime === undefined ? [] : [gnuTime, '-q', '-f', '%M', '-o', peakFile];
  const [command = '', ...args] = [...watch, ...argv];
  const start = performance.now();
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] = (said[stream] + text).slice(-100_000);
    });
  }
  const stop = (): void => killGroup(child.pid);
  signal.addEventListener('abort', stop, { once: true });
  try {
    const [status] = (await once(child, 'close')) as [number | null];
    const ms = performance.now() - start;
    signal.throwIfAborted();
    if (status !== 0) throw new Error(`${path.basename(argv[0] ?? '')} failed: ${said.stderr.trim().slice(-2000)}`);
    return {
      ms,
      stdout: said.stdout,
      ...(peakFile === undefined || watch.length === 0 ? {} : { peakBytes: peakIn(peakFile) }),
    };
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** A pipeline of the shell that fails when one of its parts does. */
export function pipeline(command: string): readonly string[] {
  return ['bash', '-o', 'pipefail', '-c', command];
}

/** A word of a shell command. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // it has ended already
  }
}

function peakIn(file: string): number {
  return Number(fs.readFileSync(file, 'utf8').trim().split('\n').at(-1)) * 1024;
}
