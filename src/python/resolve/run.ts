import { spawn } from 'node:child_process';
import { PycontainerError, systemCode } from '../../errors.ts';

export interface RunOptions {
  /** Absolute. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
}

export interface Ran {
  /** Null for a program that a signal ended. */
  readonly status: number | null;
  readonly stdout: string;
  /** The end of it. */
  readonly stderr: string;
}

/** Far above any lock; a program that says more is stopped. */
const outputLimitBytes = 64 * 1024 * 1024;
/** How much of stderr is kept. */
const tailLimitBytes = 16 * 1024;

/**
 * Runs a program of the user's, found on their PATH, without a shell and without input; undefined when it is not there.
 * The signal kills it.
 * @throws PycontainerError 'interrupted'; 'lock-failed' when it says too much or cannot be started
 */
export async function runProgram(
  command: string,
  args: readonly string[],
  { cwd, env, signal }: RunOptions,
): Promise<Ran | undefined> {
  if (isAborted(signal)) throw interrupted();
  const child = spawn(command, args, {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    killSignal: 'SIGKILL',
    ...(signal === undefined ? {} : { signal }),
  });
  const chunks: Buffer[] = [];
  let [sizeBytes, tail] = [0, Buffer.alloc(0)];
  child.stdout.on('data', (chunk: Buffer) => {
    sizeBytes += chunk.length;
    if (sizeBytes <= outputLimitBytes) chunks.push(chunk);
    else child.kill('SIGKILL');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    tail = Buffer.concat([tail, chunk]).subarray(-tailLimitBytes);
  });
  try {
    const status = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject).once('close', resolve);
    });
    if (sizeBytes > outputLimitBytes) throw new PycontainerError('lock-failed', `${command} answers without end`);
    return { status, stdout: Buffer.concat(chunks).toString(), stderr: tail.toString() };
  } catch (error) {
    if (isAborted(signal)) throw interrupted();
    if (error instanceof PycontainerError) throw error;
    if (['ENOENT', 'EACCES', 'ENOTDIR'].includes(systemCode(error) ?? '')) return undefined;
    throw new PycontainerError('lock-failed', `${command} cannot be started (${systemCode(error) ?? 'unknown'})`, {
      cause: error,
    });
  }
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted ?? false;
}

function interrupted(): PycontainerError {
  return new PycontainerError('interrupted', 'Stopped');
}

const shownLines = 20;

/** The error for a program that did not answer: its status and the last lines that it said. */
export function failed(program: string, what: string, { status, stderr }: Ran, hint?: string): PycontainerError {
  const lines = stderr.trimEnd().split(/\r?\n/).slice(-shownLines);
  const how = status === null ? 'it was killed' : `exit status ${status}`;
  return new PycontainerError(
    'lock-failed',
    [`${program} could not resolve ${what} (${how})`, ...lines.map((line) => `  ${line}`)].join('\n').trimEnd(),
    { hint },
  );
}
