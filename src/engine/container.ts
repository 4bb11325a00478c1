import * as z from 'zod';
import { PycontainerError } from '../errors.ts';
import type { Engine } from './engine.ts';

/** A container as the engine describes it. */
export interface Container {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly isRunning: boolean;
  /** `created`, `running`, `exited`, … in the engine's words. */
  readonly status: string;
  /** Of the last run; 0 while it runs. */
  readonly exitCode: number;
  /** When it last started, as the engine writes it. */
  readonly startedAt: string;
  /** Undefined where nothing checks it. */
  readonly health: 'starting' | 'healthy' | 'unhealthy' | undefined;
  /** The health check's command, with the word that says its kind; empty where there is none. */
  readonly healthTest: readonly string[];
  /** When its health was checked last, as the engine writes it; undefined before the first time. */
  readonly checkedAt: string | undefined;
  /** Absolute, in the container: where volumes and folders of the host are seen. */
  readonly mounts: readonly string[];
  readonly ports: readonly ContainerPort[];
}

export interface ContainerPort {
  /** `8000/tcp`. */
  readonly container: string;
  readonly address: string;
  /** On the engine's machine. */
  readonly host: string;
}

const healths: Readonly<Record<string, Container['health']>> = {
  starting: 'starting',
  healthy: 'healthy',
  unhealthy: 'unhealthy',
};

const binding = z.object({ HostIp: z.string().default(''), HostPort: z.string().default('') });

const inspected = z
  .object({
    Id: z.string(),
    Name: z.string(),
    Config: z.object({
      Labels: z.record(z.string(), z.string()).nullish(),
      Healthcheck: z.object({ Test: z.array(z.string()).nullish() }).nullish(),
    }),
    State: z.object({
      Running: z.boolean(),
      Status: z.string().default(''),
      ExitCode: z.number().default(0),
      StartedAt: z.string().default(''),
      Health: z
        .object({ Status: z.string().default(''), Log: z.array(z.object({ End: z.string() })).nullish() })
        .nullish(),
    }),
    Mounts: z.array(z.object({ Destination: z.string() })).nullish(),
    NetworkSettings: z.object({ Ports: z.record(z.string(), z.array(binding).nullable()).nullish() }).nullish(),
  })
  .transform(({ Id, Name, Config, State, Mounts, NetworkSettings }): Container => ({
    id: Id,
    name: Name.replace(/^\//, ''),
    labels: Config.Labels ?? {},
    isRunning: State.Running,
    status: State.Status,
    exitCode: State.ExitCode,
    startedAt: State.StartedAt,
    health: healths[State.Health?.Status ?? ''],
    healthTest: Config.Healthcheck?.Test ?? [],
    checkedAt: State.Health?.Log?.at(-1)?.End,
    mounts: (Mounts ?? []).map(({ Destination }) => Destination),
    ports: Object.entries(NetworkSettings?.Ports ?? {}).flatMap(([container, bindings]) =>
      (bindings ?? []).map(({ HostIp, HostPort }) => ({ container, address: HostIp, host: HostPort })),
    ),
  }));

const listed = z.array(z.object({ Id: z.string() }));
const created = z.object({ Id: z.string() });
const waited = z.object({ StatusCode: z.number() });

/** Undefined when there is none of this name or id. */
export async function inspectContainer(engine: Engine, name: string): Promise<Container | undefined> {
  const answer = await engine.request('GET', `/containers/${encodeURIComponent(name)}/json`, { accept: [404] });
  const body = await answer.json();
  return answer.status === 404 ? undefined : understood(engine, inspected, body);
}

/** Those that carry all these labels, running or not, in the order of their names. */
export async function listContainers(
  engine: Engine,
  labels: Readonly<Record<string, string>>,
): Promise<readonly Container[]> {
  const filters = { label: Object.entries(labels).map(([key, value]) => `${key}=${value}`) };
  const query = { all: true, filters: JSON.stringify(filters) };
  const answer = await engine.request('GET', '/containers/json', { query });
  const ids = understood(engine, listed, await answer.json());
  const found = await Promise.all(ids.map(({ Id }) => inspectContainer(engine, Id)));
  return found.flatMap((one) => one ?? []).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * @param body as the Engine API has it
 * @returns its id
 */
export async function createContainer(engine: Engine, name: string, body: object): Promise<string> {
  const answer = await engine.request('POST', '/containers/create', { query: { name }, json: body });
  return understood(engine, created, await answer.json()).Id;
}

/** Idempotent. */
export async function startContainer(engine: Engine, id: string): Promise<void> {
  await done(engine, id, 'start');
}

/** Asks it to stop with its own signal; after `graceSeconds` it is killed. Idempotent; also where it is gone. */
export async function stopContainer(engine: Engine, id: string, graceSeconds: number): Promise<void> {
  await done(engine, id, 'stop', { t: graceSeconds }, [404]);
}

/** Kills it; a container that does not run, or is gone, is left as it is. */
export async function killContainer(engine: Engine, id: string): Promise<void> {
  await done(engine, id, 'kill', {}, [404, 409, 500]);
}

export async function restartContainer(engine: Engine, id: string, graceSeconds: number): Promise<void> {
  await done(engine, id, 'restart', { t: graceSeconds });
}

/** Removes it, whether it runs or not, with the volumes that have no name. Idempotent. */
export async function removeContainer(engine: Engine, id: string): Promise<void> {
  const answer = await engine.request('DELETE', `/containers/${encodeURIComponent(id)}`, {
    query: { force: true, v: true },
    accept: [404],
  });
  await answer.text();
}

/** Waits until it does not run; gives its exit status. */
export async function waitForContainer(engine: Engine, id: string, signal?: AbortSignal): Promise<number> {
  const query = { condition: 'not-running' };
  const answer = await engine.request('POST', `/containers/${id}/wait`, { query, timeoutMs: 0, signal });
  return understood(engine, waited, await answer.json()).StatusCode;
}

/** The engine takes its time for these: a container that does not heed its signal is waited for. */
async function done(
  engine: Engine,
  id: string,
  verb: string,
  query: Readonly<Record<string, number>> = {},
  accept: readonly number[] = [],
): Promise<void> {
  const path = `/containers/${encodeURIComponent(id)}/${verb}`;
  const answer = await engine.request('POST', path, { query, timeoutMs: 0, accept });
  await answer.text();
}

/** Throws 'engine-answer' when an answer is not what the Engine API says. */
export function understood<T>({ name }: Engine, schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const place = parsed.error.issues[0]?.path.join('.') ?? '';
  throw new PycontainerError('engine-answer', `${name} answered something that is not understood, at '${place}'`, {
    hint: 'Its version may be too old; `docker version` or `podman version` tells it.',
  });
}
