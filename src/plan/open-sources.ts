import { homedir } from 'node:os';
import type { Emit } from '../events.ts';
import type { Config, Target } from '../config/target.ts';
import { connectEngine } from '../engine/connect.ts';
import { type Engine, type EngineAbsence, isEngine } from '../engine/engine.ts';
import { closedHttp } from '../http/closed.ts';
import { certificateFolders } from '../http/trust.ts';
import { createHttp, type HostTrust, type Http } from '../http.ts';
import { RegistryClient } from '../registry/client.ts';
import { storedCredentials } from '../registry/credentials.ts';
import { withPodmanRules } from '../registry/podman.ts';
import { trustOf } from '../registry/rules.ts';
import { locateStore } from '../store/locate.ts';
import { Store } from '../store/store.ts';
import { Memory } from './gather/memory.ts';
import type { PlanSources } from './gather/sources.ts';
import { readPins } from './lockfile.ts';

export interface SourceOptions {
  /** Default: the process's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default: the process's. */
  readonly cwd?: string;
  readonly emit?: Emit;
  readonly signal?: AbortSignal;
  /** Use no network. */
  readonly offline?: boolean;
  /** Take what the tags of bases stand for now, whatever pycontainer.lock pins. */
  readonly pull?: boolean;
  /** More plans and builds follow: what they have in common is held in memory, and written down when it is asked for. */
  readonly lasting?: boolean;
  /** Files that the caller writes, absolute: never packed. */
  readonly ownFiles?: readonly string[];
  /** The caller's own, which is not closed. Default: one that is looked for when it is needed. */
  readonly engine?: () => Promise<Engine | EngineAbsence>;
}

/** Store, network, credentials and engine, each opened once. */
export interface OpenedSources {
  readonly sources: PlanSources;
  readonly client: RegistryClient;
  /** The container engine that this machine has, looked for at the first question. */
  readonly engine: () => Promise<Engine | EngineAbsence>;
  readonly close: () => Promise<void>;
}

/** Opens the store and reads credentials' places; asks no network. Throws 'store-unusable', 'lock-syntax'. */
export async function openSources(config: Config, options: SourceOptions): Promise<OpenedSources> {
  const { env = process.env, cwd = process.cwd(), emit = () => undefined } = options;
  const home = env['HOME'] || homedir();
  const settings = await withPodmanRules(config.registries, { env, home });
  const doors = new Doors(trustOf(settings), (hosts) =>
    options.offline === true
      ? closedHttp()
      : createHttp({ env, hosts, certificates: certificateFolders({ env, home }) }),
  );
  const client = new RegistryClient({
    http: doors.for(new Map()),
    settings,
    credentials: storedCredentials({ env, home, emit }),
  });
  let found: Promise<Engine | EngineAbsence> | undefined;
  const engine = (): Promise<Engine | EngineAbsence> => options.engine?.() ?? (found ??= connectEngine({ env, home }));
  const targets = [...config.targets.values()];
  const store = await Store.open(locateStore(env, process.platform));
  const sources: PlanSources = {
    registry: client,
    store,
    emit,
    engine,
    keepLayers: targets.some(needsLayers),
    httpFor: (trust) => doors.for(trust),
    env,
    home,
    cwd,
    root: config.root,
    targets: config.targets,
    pins: readPins(config.root),
    pull: options.pull ?? false,
    offline: options.offline ?? false,
    // Where a cache of CI must be in the project, the store is.
    ownOutputs: [
      store.directory,
      ...targets.flatMap(({ outputs }) => outputs.flatMap(({ dest }) => dest ?? [])),
      ...(options.ownFiles ?? []),
    ],
    memory: new Memory(),
    isLasting: options.lasting ?? false,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
  const close = async (): Promise<void> => {
    await doors.close();
    const there = await found?.catch(() => undefined);
    if (there !== undefined && isEngine(there)) await there.close();
  };
  return { sources, client, engine, close };
}

/** Whether an image of the target stands on this machine, so that the base's layers are needed here. */
function needsLayers({ outputs }: Target): boolean {
  return outputs.length === 0 || outputs.some(({ type }) => type !== 'registry');
}

/** Doors to the network: one for all whom nothing more is to be trusted with. */
class Doors {
  readonly #hosts: ReadonlyMap<string, HostTrust>;
  readonly #open: (hosts: ReadonlyMap<string, HostTrust>) => Http;
  readonly #doors: Http[] = [];
  #plain: Http | undefined;

  constructor(hosts: ReadonlyMap<string, HostTrust>, open: (hosts: ReadonlyMap<string, HostTrust>) => Http) {
    this.#hosts = hosts;
    this.#open = open;
  }

  for(trust: ReadonlyMap<string, HostTrust>): Http {
    if (trust.size === 0 && this.#plain !== undefined) return this.#plain;
    const http = this.#open(new Map([...this.#hosts, ...trust]));
    this.#doors.push(http);
    if (trust.size === 0) this.#plain = http;
    return http;
  }

  async close(): Promise<void> {
    await Promise.all(this.#doors.map((http) => http.close()));
  }
}
