import pLimit from 'p-limit';
import { PycontainerError } from '../errors.ts';
import type { WarningEvent } from '../events.ts';
import { formatPlatform, normalizePlatform } from '../oci/platform.ts';
import type { Base, BaseFacts } from './base.ts';
import type { Binary } from './binary.ts';
import { foldersOf } from './folders.ts';
import { findInterpreter } from './interpreter.ts';
import { layerFiles } from './layer-files.ts';
import { findLibc } from './libc.ts';
import { libraryFolders, sharedLibraries } from './libraries.ts';
import { isMachineOf, machineOf } from './machine.ts';
import { osRelease } from './os-release.ts';
import { installedPackages } from './package-database.ts';
import type { BaseSources } from './sources.ts';
import { Tree } from './tree.ts';

/** Changes with the shape of BaseFacts and with the way they are found, so that facts of older versions are not used. */
export const factsFormat = '2';
const parallelLayers = 3;
const shells: readonly string[] = ['/bin/sh', '/bin/bash', '/bin/ash', '/usr/bin/sh', '/usr/bin/bash', '/busybox/sh'];

interface Kept {
  readonly facts: BaseFacts;
  readonly warnings: readonly WarningEvent[];
}

/**
 * What the base's own files say. Kept in the store by the base's digest, so layers are read once; warnings (sources that
 * contradict each other) are given every time. Throws 'base-invalid' when files and config disagree on the
 * architecture, and what reading layers throws.
 */
export async function baseFacts(base: Base, sources: BaseSources): Promise<BaseFacts> {
  const key = `${factsFormat} ${base.digest}`;
  const known = await sources.store.getResult<Kept>('base-facts', key);
  const { facts, warnings } = known ?? readFacts(base, await baseTree(base, sources));
  if (known === undefined) await sources.store.putResult('base-facts', key, { facts, warnings });
  for (const warning of warnings) sources.emit(warning);
  return facts;
}

/** The base's files, all layers laid over each other. */
export async function baseTree(base: Base, sources: BaseSources): Promise<Tree> {
  const limited = pLimit(parallelLayers);
  const layers = await Promise.all(base.layers.map((layer) => limited(() => layerFiles(layer, sources))));
  const tree = new Tree();
  for (const files of layers) tree.apply(files);
  return tree;
}

/** What a tree says that is the base's, or is laid over it. Throws 'base-invalid'. */
export function readFacts(base: Base, tree: Tree): Kept {
  const warnings: WarningEvent[] = [];
  const warn = (warning: WarningEvent): void => void warnings.push(warning);
  const { Env = [], Entrypoint, Cmd } = base.config.config ?? {};
  const packages = installedPackages(tree);
  const command = [...(Entrypoint ?? []), ...(Cmd ?? [])];
  const found = findInterpreter({ tree, environment: variables(Env), command, packages, warn });
  if (found !== undefined) checkMachine(base, found.interpreter.path, found.binary);
  const folders = libraryFolders(tree);
  const facts: BaseFacts = {
    ...present('interpreter', found?.interpreter),
    ...present('libc', findLibc({ tree, loader: found?.binary.loader, folders, packages, warn })),
    machine: machineOf(normalizePlatform(base.config)),
    ...present(
      'shell',
      shells.find((path) => isExecutable(tree, path)),
    ),
    ...present('os', osRelease(tree)),
    libraries: sharedLibraries(tree, folders),
    ...present('passwd', tree.file('/etc/passwd')?.node.text),
    ...present('group', tree.file('/etc/group')?.node.text),
    folders: foldersOf(tree),
  };
  return { facts, warnings };
}

function variables(environment: readonly string[]): ReadonlyMap<string, string> {
  return new Map(environment.map((line) => [line.replace(/=.*/s, ''), line.replace(/^[^=]*=?/, '')]));
}

function present<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: T });
}

function isExecutable(tree: Tree, path: string): boolean {
  return ((tree.file(path)?.node.mode ?? 0) & 0o111) !== 0;
}

function checkMachine(base: Base, path: string, { machine }: Binary): void {
  const platform = normalizePlatform(base.config);
  if (machine === undefined || isMachineOf(machine, platform)) return;
  throw new PycontainerError(
    'base-invalid',
    `Base ${base.text} says that it is ${formatPlatform(platform)}, but its ${path} is for ${machine}`,
    { hint: 'Take a base for this platform, or change platforms.' },
  );
}
