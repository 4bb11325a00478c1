import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Duplex, Readable, Writable } from 'node:stream';
import { PycontainerError } from '../errors.ts';
import type { Emit } from '../events.ts';
import { attachStreams, resizeTerminal, signalContainer } from '../engine/container-terminal.ts';
import { removeContainer, waitForContainer } from '../engine/container.ts';
import type { Engine } from '../engine/engine.ts';
import { framesOf } from '../engine/log.ts';
import type { BuildResult } from '../build/build.ts';
import { create, start } from './bring-up.ts';
import { containerName } from './project.ts';
import { type Runnable, runnableOf } from './runnable.ts';
import { type StartOptions, startTargets } from './running.ts';
import { oneCommandSpec } from './spec.ts';
import { Surroundings } from './surroundings.ts';

/** Where a command reads and writes. */
export interface Streams {
  readonly input: Readable;
  readonly output: Writable;
  readonly errors: Writable;
  /** The size of the terminal that they all are; absent where they are not. */
  readonly terminal?: {
    readonly size: () => { rows: number; columns: number };
    readonly onResize: (act: () => void) => void;
  };
}

export interface OneCommandOptions extends Omit<StartOptions, 'attach' | 'keepRunning'> {
  readonly target: string;
  /** Undefined: what the image starts with. */
  readonly command: readonly string[] | undefined;
  readonly streams: Streams;
}

/**
 * Runs one command in a new container as a target's containers are, without published ports, and removes it. What the
 * target depends on is started before where it does not run. The signal is passed on to the command as Ctrl-C.
 *
 * @returns the command's exit status
 * @throws PycontainerError as {@link startTargets}
 */
export async function runOneCommand(result: BuildResult, options: OneCommandOptions): Promise<number> {
  const { target, engine, emit, signal } = options;
  const built = result.targets.find(({ plan }) => plan.target.name === target);
  if (built === undefined) throw new PycontainerError('internal', `${target} was not built`);
  const needed = result.targets.filter((one) => one !== built);
  const quiet: Emit = (event) => {
    if (event.type !== 'container' || event.state !== 'unchanged') emit(event);
  };
  await startTargets({ ...result, targets: needed }, { ...options, emit: quiet, attach: false, keepRunning: true });
  if (signal.aborted) throw signal.reason;
  return runAlone(runnableOf(built, engine, options), options);
}

async function runAlone({ spec, image }: Runnable, options: OneCommandOptions): Promise<number> {
  const { engine, project, command, streams, signal } = options;
  const name = `${containerName(project, spec.target)}-run-${randomBytes(4).toString('hex')}`;
  const one = oneCommandSpec(spec, command);
  const streaming = { Tty: streams.terminal !== undefined, OpenStdin: true, StdinOnce: true, AttachStdin: true };
  const body = { ...one.body, ...streaming, AttachStdout: true, AttachStderr: true };
  await new Surroundings(engine, project).make([one]);
  const id = await create(engine, name, { ...one, body }, image);
  const interrupt = (): void => void signalContainer(engine, id, 'SIGINT').catch(() => undefined);
  let socket: Duplex | undefined;
  try {
    socket = await attach(engine, spec.target, id);
    const told = tell(socket, streams);
    told.catch(() => undefined);
    streams.input.pipe(socket);
    await start(engine, spec.target, id);
    signal.addEventListener('abort', interrupt, { once: true });
    if (signal.aborted) interrupt();
    followSize(engine, id, streams);
    const status = await waitForContainer(engine, id);
    await told;
    return status;
  } finally {
    signal.removeEventListener('abort', interrupt);
    if (socket !== undefined) streams.input.unpipe(socket);
    socket?.destroy();
    await removeContainer(engine, id);
  }
}

/** Podman prepares a container for this. Where that fails, starting it tells why. */
async function attach(engine: Engine, target: string, id: string): Promise<Duplex> {
  try {
    return await attachStreams(engine, id);
  } catch (error) {
    await start(engine, target, id);
    throw error;
  }
}

async function tell(socket: AsyncIterable<Buffer>, { output, errors, terminal }: Streams): Promise<void> {
  const write = async (to: Writable, bytes: Buffer): Promise<void> => {
    if (!to.write(bytes)) await once(to, 'drain');
  };
  if (terminal !== undefined) for await (const bytes of socket) await write(output, bytes);
  else
    for await (const { stream, bytes } of framesOf(socket)) await write(stream === 'stdout' ? output : errors, bytes);
}

function followSize(engine: Engine, id: string, { terminal }: Streams): void {
  if (terminal === undefined) return;
  const resize = (): void => {
    const { rows, columns } = terminal.size();
    void resizeTerminal(engine, id, rows, columns).catch(() => undefined);
  };
  resize();
  terminal.onResize(resize);
}
