import { type Container, listContainers } from '../engine/container.ts';
import type { Engine } from '../engine/engine.ts';
import { type ContainerLine, containerLog, type LogOptions } from '../engine/log.ts';
import { PycontainerError } from '../errors.ts';
import { containerOf } from './down.ts';
import { labels, type Project } from './project.ts';

/**
 * Tells what the targets' containers wrote, each line with its target; of several that are not followed one after the
 * other. Ends when all have ended, where they are followed.
 *
 * @param targets none: all that have a container
 * @throws PycontainerError 'container-not-found'
 */
export async function tellLogs(
  engine: Engine,
  { id }: Project,
  targets: readonly string[],
  options: LogOptions,
  tell: (target: string, line: ContainerLine) => void,
): Promise<void> {
  const all = await listContainers(engine, { [labels.project]: id, [labels.kind]: 'up' });
  if (all.length === 0 && targets.length === 0) {
    throw new PycontainerError('container-not-found', 'The project has no containers', {
      hint: 'Start them with `pycontainer up`.',
    });
  }
  const chosen = targets.length === 0 ? all : targets.map((target) => containerOf(all, target));
  const follow = async (container: Container): Promise<void> => {
    const target = container.labels[labels.target] ?? container.name;
    for await (const line of containerLog(engine, container.id, options)) tell(target, line);
  };
  if (options.follow === true) await Promise.all(chosen.map(follow));
  else for (const container of chosen) await follow(container);
}
