import { createHash } from 'node:crypto';
import path from 'node:path';
import * as z from 'zod';
import { PycontainerError } from '../errors.ts';
import type { Lookup } from '../config/interpolate.ts';
import type { RunSettings, Target, User } from '../config/target.ts';
import type { Healthcheck } from '../oci/manifest.ts';
import type { Image } from '../image/image.ts';
import { readEnvFile } from './env-file.ts';
import { parsePublished } from './ports.ts';
import { splitVolume } from './volumes.ts';
import { labels, type Project, projectLabels } from './project.ts';

/** A container as it is to be, before anything is asked of an engine. */
export interface ContainerSpec {
  readonly target: string;
  /** Without image and name; in the words of the Engine API. */
  readonly body: ContainerBody;
  /** Digest of the config of the image that it runs. */
  readonly imageDigest: string;
  /** Entrypoint and what follows it, as the container starts. */
  readonly command: readonly string[];
  /** `NAME=VALUE`, of the image and then of the container. */
  readonly environment: readonly string[];
  /** How often its health is checked; undefined where it is not. */
  readonly checkEveryMs: number | undefined;
  /** Volumes of ours by name, to be there before. */
  readonly volumes: readonly string[];
  /** The project's own network, where it is on it. */
  readonly network: string | undefined;
}

export interface ContainerBody {
  readonly Cmd?: readonly string[];
  readonly User?: string;
  readonly Env: readonly string[];
  readonly Labels: Readonly<Record<string, string>>;
  readonly ExposedPorts: Readonly<Record<string, object>>;
  readonly Healthcheck?: Healthcheck;
  readonly StopSignal?: string;
  readonly HostConfig: {
    readonly NetworkMode: string;
    readonly PortBindings: Readonly<Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[]>>;
    readonly Binds: readonly string[];
  };
  readonly NetworkingConfig?: { readonly EndpointsConfig: Readonly<Record<string, { readonly Aliases: string[] }>> };
}

export interface SpecContext {
  readonly project: Project;
  /** The user's environment, for env files. */
  readonly environment: Lookup;
  readonly home: string;
  /** Absolute; env files are named from there in messages. */
  readonly cwd: string;
}

/**
 * What Ctrl-C sends. The first process of a container ignores SIGTERM unless it handles it, as most Python programs do
 * not, and would be killed after a wait; each heeds this.
 */
const usualStopSignal = 'SIGINT';

/** Of a health check that does not say it. */
const usualIntervalNanoseconds = 30_000_000_000;

const runnable = z.object({
  config: z
    .object({
      Entrypoint: z.array(z.string()).nullish(),
      Cmd: z.array(z.string()).nullish(),
      Env: z.array(z.string()).nullish(),
      StopSignal: z.string().nullish(),
      Healthcheck: z
        .object({
          Test: z.array(z.string()).exactOptional(),
          Interval: z.number().exactOptional(),
          Timeout: z.number().exactOptional(),
          StartPeriod: z.number().exactOptional(),
          StartInterval: z.number().exactOptional(),
          Retries: z.number().exactOptional(),
        })
        .nullish(),
    })
    .nullish(),
});

/**
 * The container that runs a target's image as the manifest's `run` says. The health check stands in it once more, since
 * images in the OCI format lose theirs in Podman.
 *
 * @throws PycontainerError 'env-file-invalid', 'manifest-invalid' for what no engine takes
 */
export function containerSpec(target: Target, image: Image, context: SpecContext): ContainerSpec {
  const { project } = context;
  const run = target.run ?? noRun;
  const { config } = runnable.parse(JSON.parse(image.config.bytes.toString('utf8')));
  const check = config?.Healthcheck ?? undefined;
  const mounts = run.volumes.map((volume, index) => mountOf(volume, index, target, context));
  const network = networkOf(run.network, project);
  const ports = run.ports.map(parsePublished);
  const body: ContainerBody = {
    ...(run.command === undefined ? {} : { Cmd: run.command }),
    ...(run.user === undefined ? {} : { User: formatUser(run.user) }),
    Env: Object.entries(variables(target, run, context)).map(([name, value]) => `${name}=${value}`),
    Labels: { ...projectLabels(project), [labels.target]: target.name, [labels.kind]: 'up' },
    ExposedPorts: Object.fromEntries(ports.map(({ container }) => [container, {}])),
    ...(check === undefined ? {} : { Healthcheck: check }),
    ...(config?.StopSignal ? {} : { StopSignal: usualStopSignal }),
    HostConfig: {
      NetworkMode: network.mode,
      PortBindings: Object.fromEntries(
        Object.entries(Object.groupBy(ports, ({ container }) => container)).map(([container, bindings = []]) => [
          container,
          bindings.map(({ address, host }) => ({ HostIp: address, HostPort: host })),
        ]),
      ),
      Binds: mounts.map(({ bind }) => bind),
    },
    ...(network.hasNames
      ? { NetworkingConfig: { EndpointsConfig: { [network.mode]: { Aliases: [target.name] } } } }
      : {}),
  };
  return {
    target: target.name,
    body,
    imageDigest: image.config.descriptor.digest,
    command: [...(config?.Entrypoint ?? []), ...(run.command ?? config?.Cmd ?? [])],
    environment: [...(config?.Env ?? []), ...body.Env],
    checkEveryMs:
      check === undefined || check.Test?.[0] === 'NONE'
        ? undefined
        : (check.Interval || usualIntervalNanoseconds) / 1_000_000,
    volumes: mounts.flatMap(({ volume }) => volume ?? []),
    network: network.isOurs ? network.mode : undefined,
  };
}

/** Equal for specs that an engine makes the same container of, but for the image. */
export function settingsHash({ body }: ContainerSpec): string {
  return createHash('sha256').update(JSON.stringify(body)).digest('hex').slice(0, 16);
}

/** The same with another command, without what only one container can have: ports, health check, names in networks. */
export function oneCommandSpec(spec: ContainerSpec, command: readonly string[] | undefined): ContainerSpec {
  const { Healthcheck: _check, NetworkingConfig: _names, ...body } = spec.body;
  return {
    ...spec,
    checkEveryMs: undefined,
    body: {
      ...body,
      ...(command === undefined ? {} : { Cmd: command }),
      Labels: { ...body.Labels, [labels.kind]: 'run' },
      ExposedPorts: {},
      HostConfig: { ...body.HostConfig, PortBindings: {} },
    },
  };
}

const noRun: RunSettings = { ports: [], environment: {}, envFile: [], volumes: [], dependsOn: [] };

/** Later files win over earlier ones, and `environment` over all of them. */
function variables(
  { locate }: Target,
  { environment, envFile }: RunSettings,
  context: SpecContext,
): Readonly<Record<string, string>> {
  const all = new Map<string, string>();
  for (const [index, file] of envFile.entries()) {
    const below = path.relative(context.cwd, file);
    const shown = below.startsWith('..') ? file : below;
    const read = readEnvFile(file, shown, context.environment, locate(['run', 'env-file', index]));
    for (const [name, value] of read) all.set(name, value);
  }
  for (const [name, value] of Object.entries(environment)) all.set(name, value);
  return Object.fromEntries([...all].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

interface Mount {
  readonly bind: string;
  /** Of a volume that has a name. */
  readonly volume?: string;
}

function mountOf(written: string, index: number, { locate }: Target, { project, home }: SpecContext): Mount {
  const { source, rest } = splitVolume(written, home);
  if (source.startsWith('/')) return { bind: source + rest };
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(source)) {
    throw new PycontainerError('manifest-invalid', `'${source}' is no name of a volume`, {
      hint: 'A path begins with /, ./ or ~/; a name has letters, digits, _, . and -.',
      location: locate(['run', 'volumes', index]),
    });
  }
  const volume = `${project.name}-${source}`;
  return { bind: volume + rest, volume };
}

/** Networks in which containers find each other by name are those that somebody made. */
function networkOf(
  network: string | undefined,
  project: Project,
): { readonly mode: string; readonly hasNames: boolean; readonly isOurs: boolean } {
  if (network === undefined) return { mode: project.name, hasNames: true, isOurs: true };
  const isBuiltIn = ['host', 'none', 'bridge', 'default', 'private', 'slirp4netns', 'pasta'].includes(network);
  return { mode: network, hasNames: !isBuiltIn && !network.includes(':'), isOurs: false };
}

function formatUser(user: User): string {
  if (!('lookup' in user)) return `${user.uid}:${user.gid}`;
  const { user: name, group } = user.lookup;
  return group === undefined ? String(name) : `${name}:${group}`;
}
