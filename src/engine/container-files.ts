import type { Readable } from 'node:stream';
import * as z from 'zod';
import { understood } from './container.ts';
import type { Engine } from './engine.ts';

const created = z.object({ Id: z.string() });
const ended = z.object({ Running: z.boolean(), ExitCode: z.number().nullish() });

/** Unpacks a tar at the container's root, running or not. Owners, modes and times are those of the tar. */
export async function putFiles(engine: Engine, id: string, tar: Readable): Promise<void> {
  const answer = await engine.request('PUT', `/containers/${id}/archive`, {
    query: { path: '/', copyUIDGID: true },
    headers: { 'content-type': 'application/x-tar' },
    body: tar,
    timeoutMs: 0,
  });
  await answer.text();
}

/** Whether the container has something at this path. */
export async function hasPath(engine: Engine, id: string, path: string): Promise<boolean> {
  const answer = await engine.request('HEAD', `/containers/${id}/archive`, { query: { path }, accept: [404] });
  await answer.text();
  return answer.status < 400;
}

/** Runs a program beside the app in a running container, as root; gives its exit status. */
export async function runInside(engine: Engine, id: string, command: readonly string[]): Promise<number> {
  const json = { Cmd: command, User: '0:0', WorkingDir: '/', AttachStdout: true, AttachStderr: true };
  const made = await engine.request('POST', `/containers/${id}/exec`, { json });
  const { Id: exec } = understood(engine, created, await made.json());
  const output = await engine.request('POST', `/exec/${exec}/start`, {
    json: { Detach: false, Tty: false },
    timeoutMs: 0,
  });
  for await (const chunk of output.body) void chunk;
  const answer = await engine.request('GET', `/exec/${exec}/json`);
  return understood(engine, ended, await answer.json()).ExitCode ?? 1;
}
