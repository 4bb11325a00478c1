import { resolve } from 'node:path';
import { PycontainerError } from '../errors.ts';
import {
  assumeConfig,
  type Config,
  loadConfig,
  overrideTargets,
  selectTargets,
  type Target,
  Workspace,
  type WorkspaceOptions,
} from '../index.ts';
import type { Console } from './console.ts';
import { findTraces } from './init/findings.ts';
import type { SharedOptions, TargetOptions } from './options.ts';

/** The manifest, or what is assumed where there is none and the command line names none. Says nothing of it. */
export async function loadOrAssume({ directory, file, set }: SharedOptions): Promise<{
  readonly config: Config;
  readonly isAssumed: boolean;
}> {
  const cwd = resolve(directory ?? '.');
  const options = { cwd, env: process.env, set, ...(file === undefined ? {} : { file }) };
  try {
    return { config: await loadConfig(options), isAssumed: false };
  } catch (error) {
    const missing = error instanceof PycontainerError && error.code === 'manifest-not-found' && file === undefined;
    if (!missing) throw error;
    return { config: await assumeConfig(options), isAssumed: true };
  }
}

/** The manifest that a command works on; without one, what a Python project here says of itself. */
export async function findConfig(options: SharedOptions, console: Console): Promise<Config> {
  const { config, isAssumed } = await loadOrAssume(options);
  if (!isAssumed) return config;
  for (const target of config.targets.values()) await findTraces(target, config.root);
  console.emit({
    type: 'assumed',
    what: `no pycontainer.yaml; one target from ${config.root}. \`pycontainer init\` writes it down`,
  });
  return config;
}

/** The targets that a command line means, with its flags laid over them. */
export function chooseTargets(
  config: Config,
  names: readonly string[],
  { tag, platform, strict }: TargetOptions,
): readonly Target[] {
  const targets = overrideTargets(selectTargets(config, names), { tags: tag, platforms: platform });
  return strict
    ? targets.map((target) => ({ ...target, dependencies: { ...target.dependencies, strict: true } }))
    : targets;
}

export async function openWorkspace(
  config: Config,
  options: TargetOptions,
  console: Console,
  signal: AbortSignal,
  ownFiles: readonly string[] = [],
  lasting?: Pick<WorkspaceOptions, 'engine' | 'lasting'>,
): Promise<Workspace> {
  const { directory, push, load, locked, offline, cache, pull, watch } = options;
  return Workspace.open(config, {
    cwd: resolve(directory ?? '.'),
    emit: console.emit,
    signal,
    push,
    load,
    locked,
    offline,
    pull,
    noCache: !cache,
    // What is tried out is nothing for others.
    caches: watch === true ? 'read' : 'write',
    ownFiles,
    ...lasting,
  });
}
