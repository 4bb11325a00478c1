import { release } from 'node:os';
import * as z from 'zod';
import type { Engine } from './engine.ts';

/** What decides how images reach an engine. */
export interface EngineTraits {
  /**
   * `chains`: by DiffId, each layer on those below it (Docker's classic store). `blobs`: as they were sent, by digest
   * (Docker with containerd). `containers`: Podman's.
   */
  readonly store: 'chains' | 'blobs' | 'containers';
  /** Its loopback interface seems to be ours: no virtual machine, no network of its own. */
  readonly sharesLoopback: boolean;
}

const info = z.object({
  DriverStatus: z.array(z.array(z.unknown())).nullish().catch(undefined),
  KernelVersion: z.string().default(''),
  OperatingSystem: z.string().default(''),
  SecurityOptions: z.array(z.string()).nullish().catch(undefined),
});

const asked = new WeakMap<Engine, Promise<EngineTraits>>();

/** Asks an engine once what it is like. */
export async function traitsOf(engine: Engine): Promise<EngineTraits> {
  const known = asked.get(engine) ?? ask(engine);
  asked.set(engine, known);
  return known;
}

async function ask(engine: Engine): Promise<EngineTraits> {
  const response = await engine.request('GET', '/info');
  const { DriverStatus, KernelVersion, OperatingSystem, SecurityOptions } = info.parse(await response.json());
  const isContainerd = (DriverStatus ?? []).some((line) => String(line[1]).startsWith('io.containerd.snapshotter'));
  const isRootlessDocker = engine.kind === 'docker' && (SecurityOptions ?? []).includes('name=rootless');
  return {
    store: engine.kind === 'podman' ? 'containers' : isContainerd ? 'blobs' : 'chains',
    sharesLoopback:
      engine.isLocal && KernelVersion === release() && OperatingSystem !== 'Docker Desktop' && !isRootlessDocker,
  };
}
