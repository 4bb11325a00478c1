import type { ContainerConfig, Healthcheck, HistoryEntry, ImageConfig } from '../oci/manifest.ts';
import type { HealthcheckSettings } from '../config/target.ts';
import type { ImageLayer } from './image.ts';

/** What a target says about its image's config, with all that was open closed. */
export interface ImageSettings {
  readonly environment: Readonly<Record<string, string>>;
  /** Put before the base's PATH unless `environment` has a PATH of its own; absolute. */
  readonly binFolder?: string;
  readonly workdir: string;
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  /** `cmd` was inferred, not asked for. */
  readonly inferred: boolean;
  /** As the config holds it: `uid:gid`. */
  readonly user?: string;
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly stopSignal?: string;
  readonly healthcheck?: HealthcheckSettings;
  /** Seconds since 1970 that stand as the time of creation. */
  readonly createdSeconds: number;
}

/** Begins what the history says of our layers, and is their comment. */
export const historyMark = 'pycontainer';

const pythonName = /(^|\/)python[0-9.]*t?$/;

/** The base's config with the target's settings over it and our layers behind its own. Neither input is changed. */
export function mergeConfig(base: ImageConfig, settings: ImageSettings, layers: readonly ImageLayer[]): ImageConfig {
  const created = new Date(settings.createdSeconds * 1000).toISOString().replace('.000Z', 'Z');
  return {
    created,
    ...(base.author === undefined ? {} : { author: base.author }),
    architecture: base.architecture,
    ...(base.variant === undefined ? {} : { variant: base.variant }),
    os: base.os,
    config: containerConfig(base.config ?? {}, settings),
    rootfs: { type: 'layers', diff_ids: [...base.rootfs.diff_ids, ...layers.map(({ diffId }) => diffId)] },
    history: [
      ...baseHistory(base),
      ...layers.map(({ title }) => ({ created, created_by: `${historyMark}: ${title}`, comment: historyMark })),
    ],
  };
}

function containerConfig(base: ContainerConfig, settings: ImageSettings): ContainerConfig {
  return {
    ...base,
    ...start(base, settings),
    Env: environment(base.Env ?? [], settings),
    WorkingDir: settings.workdir,
    ...(settings.user === undefined ? {} : { User: settings.user }),
    ...present('ExposedPorts', { ...base.ExposedPorts, ...setOf(settings.ports.map(withProtocol)) }),
    ...present('Volumes', { ...base.Volumes, ...setOf(settings.volumes) }),
    ...present('Labels', { ...base.Labels, ...sorted(settings.labels) }),
    ...(settings.stopSignal === undefined ? {} : { StopSignal: settings.stopSignal }),
    ...(settings.healthcheck === undefined ? {} : { Healthcheck: healthcheck(settings.healthcheck) }),
  };
}

/** As a Dockerfile does it: a new entrypoint clears the base's cmd. An inferred start replaces an interpreter as entrypoint. */
function start(base: ContainerConfig, settings: ImageSettings): Pick<ContainerConfig, 'Entrypoint' | 'Cmd'> {
  if (settings.entrypoint !== undefined) return { Entrypoint: settings.entrypoint, Cmd: settings.cmd ?? null };
  return {
    ...(settings.inferred && interpreterAsEntrypoint(base) !== undefined ? { Entrypoint: null } : {}),
    ...(settings.cmd === undefined ? {} : { Cmd: settings.cmd }),
  };
}

/** The Python interpreter that is an image's whole entrypoint, so that its cmd is what Python gets as arguments. */
export function interpreterAsEntrypoint({ Entrypoint }: ContainerConfig): string | undefined {
  const [first, ...others] = Entrypoint ?? [];
  return first !== undefined && others.length === 0 && pythonName.test(first) ? first : undefined;
}

function environment(base: readonly string[], settings: ImageSettings): readonly string[] {
  const names = new Map(base.map((line) => [line.split('=', 1)[0] ?? line, line]));
  const set = (name: string, value: string): void => {
    names.set(name, `${name}=${value}`);
  };
  if (settings.binFolder !== undefined) {
    const path =
      names.get('PATH')?.slice('PATH='.length) ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
    const others = path.split(':').filter((folder) => folder !== settings.binFolder);
    set('PATH', [settings.binFolder, ...others].join(':'));
    set('VIRTUAL_ENV', settings.binFolder.replace(/\/bin$/, ''));
  }
  for (const [name, value] of Object.entries(sorted(settings.environment))) set(name, value);
  return [...names.values()];
}

function healthcheck(settings: HealthcheckSettings): Healthcheck {
  const nanoseconds = (name: keyof Healthcheck, ms: number | undefined): Partial<Healthcheck> =>
    ms === undefined ? {} : { [name]: ms * 1_000_000 };
  return {
    Test: settings.test,
    ...nanoseconds('Interval', settings.intervalMs),
    ...nanoseconds('Timeout', settings.timeoutMs),
    ...nanoseconds('StartPeriod', settings.startPeriodMs),
    ...nanoseconds('StartInterval', settings.startIntervalMs),
    ...(settings.retries === undefined ? {} : { Retries: settings.retries }),
  };
}

/** History must have one entry a layer that is not `empty_layer`; a base that keeps none, or a wrong number, gets its own made. */
function baseHistory(base: ImageConfig): readonly HistoryEntry[] {
  const history = base.history ?? [];
  const layers = history.filter((entry) => entry.empty_layer !== true).length;
  if (layers === base.rootfs.diff_ids.length) return history;
  return base.rootfs.diff_ids.map(() => ({ created_by: 'base' }));
}

function withProtocol(port: string): string {
  return port.includes('/') ? port : `${port}/tcp`;
}

function setOf(names: readonly string[]): Record<string, Record<string, never>> {
  return Object.fromEntries(names.toSorted().map((name) => [name, {}]));
}

function sorted(map: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(map).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function present<K extends string, V extends object>(key: K, value: V): { [P in K]?: V } {
  return (Object.keys(value).length === 0 ? {} : { [key]: value }) as { [P in K]?: V };
}
