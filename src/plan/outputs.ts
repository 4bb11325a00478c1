import { join } from 'node:path';
import { PycontainerError } from '../errors.ts';
import { parseReference, type Reference } from '../oci/reference.ts';
import type { OutputSettings, Target } from '../config/target.ts';
import type { RegistryClient } from '../registry/client.ts';
import type { BaseSources } from '../base/sources.ts';
import { archiveOutput } from '../output/archive.ts';
import { layoutOutput } from '../output/layout.ts';
import type { Output } from '../output/output.ts';
import { registryOutput } from '../output/registry.ts';

export interface OutputOptions {
  /** The manifest's folder, absolute. */
  readonly root: string;
  /** Send the images to the registries that their tags name. */
  readonly push: boolean;
  readonly client: RegistryClient;
}

/** Where a target's images go: what it declares, else a layout in `.pycontainer/images`; and registries with `push`. */
export function outputsOf(
  target: Target,
  { root, push, client }: OutputOptions,
  sources: BaseSources,
): readonly Output[] {
  const names = target.tags.map(parseReference);
  const declared: readonly OutputSettings[] =
    target.outputs.length === 0 ? [{ type: 'oci', dest: defaultLayout(target, root) }] : target.outputs;
  const pushes =
    push && !declared.some(({ type }) => type === 'registry') ? [...declared, { type: 'registry' } as const] : declared;
  return pushes.flatMap((settings) => outputs(settings, target, names, client, sources));
}

/** The folder of a target without outputs: below `.pycontainer`, since `dist` is where Python tools put wheels. */
export function defaultLayout(target: Pick<Target, 'name'>, root: string): string {
  return join(root, '.pycontainer', 'images', target.name);
}

function outputs(
  settings: OutputSettings,
  target: Target,
  names: readonly Reference[],
  client: RegistryClient,
  sources: BaseSources,
): readonly Output[] {
  const dest = settings.dest ?? '';
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
      throw new PycontainerError('not-supported-yet', 'Outputs of the type engine are not supported yet', {
        hint: 'Use docker-archive with `docker load`, or a registry.',
        location: target.locate(['outputs']),
      });
  }
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
