import { type Container, listContainers } from '../engine/container.ts';
import type { Engine } from '../engine/engine.ts';
import { labels, type Project } from './project.ts';

/** A container of the project, for people and programs. */
export interface ListedContainer {
  readonly target: string;
  readonly name: string;
  readonly id: string;
  /** `up`, or `run` for one that runs a single command. */
  readonly kind: string;
  /** In the engine's words: `running`, `exited`, `created`. */
  readonly state: string;
  readonly health?: 'starting' | 'healthy' | 'unhealthy';
  /** Of one that does not run. */
  readonly exitCode?: number;
  /** As the engine writes it; absent when it never started. */
  readonly startedAt?: string;
  readonly ports: readonly PortJson[];
  /** Digest of the image's config. */
  readonly image: string;
}

export interface PortJson {
  readonly container: string;
  readonly address: string;
  readonly host: string;
}

/** In the order of their names. */
export async function listProject(engine: Engine, { id }: Project): Promise<readonly ListedContainer[]> {
  return (await listContainers(engine, { [labels.project]: id })).map(described);
}

function described(container: Container): ListedContainer {
  const { name, id, status, isRunning, health, exitCode, startedAt, ports, labels: own } = container;
  const hasStarted = startedAt !== '' && !startedAt.startsWith('0001-');
  return {
    target: own[labels.target] ?? name,
    name,
    id,
    kind: own[labels.kind] ?? 'up',
    state: status,
    ...(isRunning && health !== undefined ? { health } : {}),
    ...(isRunning || !hasStarted ? {} : { exitCode }),
    ...(hasStarted ? { startedAt } : {}),
    ports,
    image: own[labels.image] ?? '',
  };
}
