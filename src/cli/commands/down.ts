import { selectTargets } from '../../index.ts';
import { takeDown } from '../../run/down.ts';
import type { Console } from '../console.ts';
import type { SharedOptions } from '../options.ts';
import { openProjectEngine } from '../project-engine.ts';

export interface DownOptions extends SharedOptions {
  readonly volumes: boolean;
}

/** Stops and removes the containers that `up` and `run` made. */
export async function downCommand(names: readonly string[], options: DownOptions, console: Console): Promise<number> {
  await using opened = await openProjectEngine(options, console);
  const { config, project, engine } = opened;
  const targets = names.length === 0 ? undefined : selectTargets(config, names).map(({ name }) => name);
  await takeDown(engine, project, {
    targets,
    volumes: options.volumes,
    dependencies: (name) => config.targets.get(name)?.run?.dependsOn ?? [],
    emit: console.emit,
  });
  return 0;
}
