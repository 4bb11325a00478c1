import { join } from 'node:path';
import { PycontainerError } from '../errors.ts';
import { choosePlatform, formatPlatform, hostPlatform } from '../oci/platform.ts';
import { parseReference, type Reference } from '../oci/reference.ts';
import type { OutputSettings, Target } from '../config/target.ts';
import type { Engine, EngineAbsence } from '../engine/engine.ts';
import { isEngine } from '../engine/engine.ts';
import type { RegistryClient } from '../registry/client.ts';
import type { BaseSources } from '../base/sources.ts';
import { archiveOutput } from '../output/archive.ts';
import { engineOutput } from '../output/engine.ts';
import { layoutOutput } from '../output/layout.ts';
import type { Output } from '../output/output.ts';
import { registryOutput } from '../output/registry.ts';

export interface OutputOptions {
  /** The manifest's folder, absolute. */
  readonly root: string;
  /** Send the images to the registries that their tags name. */
  readonly push: boolean;
  /** Give the images to the engine. */
  readonly load: boolean;
  readonly client: RegistryClient;
  /** What was found when an engine was looked for; absent when no target has to do with one. */
  readonly engine?: Engine | EngineAbsence | undefined;
}

/**
 * Where a target's images go: what it declares, else a layout in `.pycontainer/images` and the engine where one answers;
 * and registries with `push`, the engine with `load`.
 */
export function outputsOf(target: Target, options: OutputOptions, sources: BaseSources): readonly Output[] {
  const { root, push, load } = options;
  const isDefault = target.outputs.length === 0;
  const declared: readonly OutputSettings[] = isDefault
    ? [{ type: 'oci', dest: defaultLayout(target, root) }]
    : target.outputs;
  const lacks = (type: OutputSettings['type']): boolean => !declared.some((output) => output.type === type);
  const all: readonly OutputSettings[] = [
    ...declared,
    ...((load || (isDefault && engineFor(target, options) !== undefined)) && lacks('engine')
      ? [{ type: 'engine' } as const]
      : []),
    ...(push && lacks('registry') ? [{ type: 'registry' } as const] : []),
  ];
  return all.flatMap((settings) => outputs(settings, target, options, sources));
}

/** Whether a target's image must go to an engine, goes to one that answers, or has nothing to do with engines. */
export function engineUse({ outputs }: Target, load: boolean): 'must' | 'may' | 'no' {
  if (load || outputs.some(({ type }) => type === 'engine')) return 'must';
  return outputs.length === 0 ? 'may' : 'no';
}

/** Why the image is not given to an engine though one was to be expected. */
export function notLoaded(target: Target, { load, engine }: OutputOptions): string | undefined {
  if (engine === undefined || engineUse(target, load) !== 'may') return undefined;
  if (!isEngine(engine)) return engine.isExpected ? `not given to an engine: ${engine.why}` : undefined;
  return engineFor(target, { engine }) === undefined
    ? `not given to ${engine.name}, which runs ${formatPlatform(engine.platform)}`
    : undefined;
}

/** The engine, when it answers and runs what the target is built for. */
function engineFor({ platforms }: Target, { engine }: Pick<OutputOptions, 'engine'>): Engine | undefined {
  if (engine === undefined || !isEngine(engine)) return undefined;
  const built = platforms.length === 0 ? [hostPlatform()] : platforms;
  return choosePlatform(
    built.map((platform) => ({ platform })),
    engine.platform,
  ) === undefined
    ? undefined
    : engine;
}

/** The folder of a target without outputs: below `.pycontainer`, since `dist` is where Python tools put wheels. */
export function defaultLayout(target: Pick<Target, 'name'>, root: string): string {
  return join(root, '.pycontainer', 'images', target.name);
}

function outputs(
  settings: OutputSettings,
  target: Target,
  { client, engine }: OutputOptions,
  sources: BaseSources,
): readonly Output[] {
  const dest = settings.dest ?? '';
  const names = target.tags.map(parseReference);
  switch (settings.type) {
    case 'oci':
      return [layoutOutput(dest, names, sources)];
    case 'docker-archive':
      refuseForDocker(target);
      return [archiveOutput(settings.type, dest, names, sources)];
    case 'oci-archive':
      return [archiveOutput(settings.type, dest, names, sources)];
    case 'registry':
      if (names.length === 0) throw noTags(target);
      return [...Map.groupBy(names, ({ host, repository }) => `${host}/${repository}`).values()].map((group) =>
        registryOutput(group, client, sources),
      );
    case 'engine':
      return [toEngine(presentEngine(target, engine), target, sources)];
  }
}

function toEngine(engine: Engine, target: Target, sources: BaseSources): Output {
  return engineOutput(engine, engineNames(target, engine), sources);
}

/** The names of a target's image in an engine: its tags, else its own name as this engine names what is built there. */
function engineNames({ name, tags }: Target, { kind }: Engine): readonly Reference[] {
  if (tags.length > 0) return tags.map(parseReference);
  return [parseReference(`${kind === 'podman' ? 'localhost/' : ''}${name}:latest`)];
}

function presentEngine(target: Target, engine: OutputOptions['engine']): Engine {
  if (engine !== undefined && isEngine(engine)) return engine;
  if (engine === undefined) throw new PycontainerError('internal', 'No container engine was looked for');
  const { code, why, hint } = engine;
  throw new PycontainerError(code, why, { hint, location: target.locate(['outputs']) });
}

/** What the archive cannot hold, said before anything is built. */
function refuseForDocker({ name, platforms, compression, locate }: Target): void {
  const [what, key, hint] =
    platforms.length > 1
      ? ['several platforms', 'platforms', 'Choose one with --platform, or use an oci-archive.']
      : ['layers compressed with zstd', 'compression', 'Use `compression: {type: gzip}`, or an oci-archive.'];
  if (platforms.length < 2 && compression.type !== 'zstd') return;
  throw new PycontainerError('manifest-conflict', `${name} has ${what}, and a docker-archive cannot hold them`, {
    hint,
    location: locate([key]),
  });
}

function noTags(target: Target): PycontainerError {
  return new PycontainerError('manifest-conflict', `${target.name} has no tags, so there is no registry to push to`, {
    hint: 'Add `tags: ["HOST/NAME:TAG"]` to the target, or give --tag.',
    location: target.locate(['tags']),
  });
}
