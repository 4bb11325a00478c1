import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A program that runs until it is disposed of: stopped by its pid, its folder removed. */
export interface Daemon extends AsyncDisposable {
  /** What it wrote until now, both streams. */
  log(): string;
}

export interface DaemonOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Asked until it says true. */
  readonly isReady: () => Promise<boolean>;
}

const readyWithinMs = 150_000;
const stopWithinMs = 60_000;
const askEveryMs = 50;

/** Starts it and waits until it is ready; throws its log if it ends before, or is not ready in good time. */
export async function startDaemon({ command, args, env, isReady }: DaemonOptions): Promise<Daemon> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  let log = '';
  let failure: Error | undefined;
  child.once('error', (error) => {
    failure = error;
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
  }
  const isOver = (): boolean => failure !== undefined || child.exitCode !== null || child.signalCode !== null;
  const stop = async (): Promise<void> => {
    if (isOver()) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const giveUp = setTimeout(() => child.kill('SIGKILL'), stopWithinMs);
    await exited;
    clearTimeout(giveUp);
  };
  const daemon: Daemon = { log: () => log, [Symbol.asyncDispose]: stop };
  try {
    await waitFor(async () => isOver() || (await isReady()), `${command} to be ready`);
    if (isOver()) throw new Error(`${command} ended at once`, { cause: failure });
    return daemon;
  } catch (error) {
    await stop();
    throw new Error(`${command} cannot be used:\n${log.slice(-4000)}`, { cause: error });
  }
}

/** Asks again and again until the answer is true; a failure is an answer that is not. Throws after minutes. */
export async function waitFor(isSo: () => Promise<boolean>, what: string): Promise<void> {
  const until = Date.now() + readyWithinMs;
  let last: unknown;
  while (Date.now() < until) {
    const answer = await isSo().catch((error: unknown) => {
      last = error;
      return false;
    });
    if (answer) return;
    await delay(askEveryMs);
  }
  throw new Error(`waited in vain for ${what}`, { cause: last });
}

/** A TCP port of the loopback interface that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export function temporaryFolder(name: string): string {
  return fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), `pycontainer-${name}-`));
}
