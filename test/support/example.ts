import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { findWheelsOf } from './find-wheels.ts';
import { Rig } from './rig.ts';

export const examplesFolder: string = path.join(import.meta.dirname, '../../examples');

/** Why an example cannot be built without the network, for a test's `skip`; false where this machine has its wheels. */
export function wheelsMissing(example: string): string | false {
  const missing = lockedPackages(example).filter(({ name, version }) => findWheelsOf(name, version).length === 0);
  return missing.length > 0 && `no wheels at hand of ${missing.map(({ name }) => name).join(', ')}`;
}

/**
 * A copy of an example in a rig that has its wheels beside it, and finds no others: nothing comes from the network.
 * @param base as the manifest takes it from the variable BASE
 */
export function exampleRig(example: string, base: string): Rig {
  const rig = new Rig();
  rig.copy(path.join(examplesFolder, example));
  rig.env['BASE'] = base;
  const packages = lockedPackages(example);
  if (packages.length > 0) Object.assign(rig.env, wheelFolder(rig, packages));
  return rig;
}

/** Settings that make the folder of these wheels all that pycontainer knows of. */
function wheelFolder({ root }: Rig, packages: readonly LockedName[]): Record<string, string> {
  const folder = path.join(root, 'wheels');
  mkdirSync(folder);
  for (const { name, version } of packages) {
    for (const file of findWheelsOf(name, version)) copyFileSync(file, path.join(folder, path.basename(file)));
  }
  return { PIP_FIND_LINKS: folder, PIP_NO_INDEX: '1' };
}

interface LockedName {
  readonly name: string;
  readonly version: string;
}

/** What the example's lock takes from package indexes. */
function lockedPackages(example: string): readonly LockedName[] {
  const inUvLock = /^name = "([^"]+)"\nversion = "([^"]+)"\nsource = \{ registry/gm;
  const inRequirements = /^([a-z0-9-]+)==(\S+) \\$/gm;
  const matches = [
    ...read(example, 'uv.lock').matchAll(inUvLock),
    ...read(example, 'requirements.txt').matchAll(inRequirements),
  ];
  return matches.map(([, name = '', version = '']) => ({ name, version }));
}

function read(example: string, name: string): string {
  const file = path.join(examplesFolder, example, name);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
