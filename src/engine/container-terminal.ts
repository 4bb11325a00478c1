import type { Duplex } from 'node:stream';
import type { Engine } from './engine.ts';

/**
 * The standard streams of a container, to be asked for before it starts. What is written goes to its stdin, whose end is
 * told with `end`; what is read is raw where it has a terminal, else in frames.
 */
export async function attachStreams(engine: Engine, id: string): Promise<Duplex> {
  return engine.upgrade(`/containers/${id}/attach`, { stream: true, stdin: true, stdout: true, stderr: true });
}

/** A terminal that is gone already is no matter. */
export async function resizeTerminal(engine: Engine, id: string, rows: number, columns: number): Promise<void> {
  const query = { h: rows, w: columns };
  const accept = [400, 404, 409, 500];
  await (await engine.request('POST', `/containers/${id}/resize`, { query, accept })).text();
}

/** Sends a signal; to one that does not run, none. */
export async function signalContainer(engine: Engine, id: string, signal: NodeJS.Signals): Promise<void> {
  const accept = [404, 409, 500];
  await (await engine.request('POST', `/containers/${id}/kill`, { query: { signal }, accept })).text();
}
