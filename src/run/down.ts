import { PycontainerError } from '../errors.ts';
import type { Emit } from '../events.ts';
import { type Container, listContainers, removeContainer, stopContainer } from '../engine/container.ts';
import { listNetworks, listVolumes, removeNetwork, removeVolume } from '../engine/container-network.ts';
import type { Engine } from '../engine/engine.ts';
import { stopGraceSeconds } from './bring-up.ts';
import { inOrder } from './in-order.ts';
import { labels, type Project } from './project.ts';

export interface DownOptions {
  /** Only these targets' containers; absent: all of the project, with its network. */
  readonly targets?: readonly string[] | undefined;
  /** Also the volumes that have a name, with what is in them. */
  readonly volumes: boolean;
  /** What a target's container depends on, where that is known: those are stopped after it. */
  readonly dependencies: (target: string) => readonly string[];
  readonly emit: Emit;
}

/** Stops and removes what was made for the project, and nothing else. Idempotent. */
export async function takeDown(engine: Engine, { id }: Project, options: DownOptions): Promise<void> {
  const { targets, volumes, dependencies, emit } = options;
  const ours = { [labels.project]: id };
  const found = await listContainers(engine, ours);
  const chosen = found.filter((one) => targets === undefined || targets.includes(targetOf(one)));
  const byTarget = Map.groupBy(chosen, targetOf);
  const names = [...byTarget.keys()];
  const dependents = (name: string): string[] => names.filter((other) => dependencies(other).includes(name));
  await inOrder(behindDependents(names, dependents), dependents, async (name) => {
    for (const container of byTarget.get(name) ?? []) {
      if (container.isRunning) await stopContainer(engine, container.id, stopGraceSeconds);
      await removeContainer(engine, container.id);
      emit({ type: 'container', target: name, name: container.name, state: 'removed' });
    }
  });
  if (targets !== undefined) return;
  for (const network of await listNetworks(engine, ours)) await removeNetwork(engine, network);
  if (volumes) for (const volume of await listVolumes(engine, ours)) await removeVolume(engine, volume);
}

function targetOf(container: Container): string {
  return container.labels[labels.target] ?? container.name;
}

/** A circle, which only an older manifest can have left, is cut somewhere. */
function behindDependents(names: readonly string[], dependents: (name: string) => readonly string[]): string[] {
  const ordered = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    if (ordered.has(name) || path.includes(name)) return;
    for (const other of dependents(name)) visit(other, [...path, name]);
    ordered.add(name);
  };
  for (const name of names) visit(name, []);
  return [...ordered];
}

/** Throws 'container-not-found' when the target has no container. */
export function containerOf(containers: readonly Container[], target: string): Container {
  const found = containers.find(({ labels: own }) => own[labels.target] === target && own[labels.kind] === 'up');
  if (found !== undefined) return found;
  throw new PycontainerError('container-not-found', `${target} has no container`, {
    hint: `Start it with \`pycontainer up ${target}\`.`,
  });
}
