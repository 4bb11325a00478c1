import path from 'node:path';
import { localPath } from '../index/address.ts';
import type { LockInputs } from '../lock/made.ts';
import type { Requirement } from '../requirement.ts';
import { describeRequirement, type Wanted } from './wanted.ts';

/**
 * What a lock in `folder` says that it was made from: the same on every machine, so local files are named from there.
 * @param folder absolute
 */
export function inputsOf({ file, requirements, constraints, folders }: Wanted, folder: string): LockInputs {
  const describe = (requirement: Requirement): string => {
    const local = requirement.url === undefined ? undefined : localPath(requirement.url);
    return describeRequirement(local === undefined ? requirement : { ...requirement, url: way(folder, local) });
  };
  const places = folders.map(({ name, path: place, editable }) =>
    [name, '@', way(folder, place), ...(editable ? ['(editable)'] : [])].join(' '),
  );
  return {
    from: way(folder, file),
    requirements: unique([...requirements.map(({ requirement }) => describe(requirement)), ...places]),
    constraints: unique(constraints.map(({ requirement }) => describe(requirement))),
  };
}

function way(folder: string, place: string): string {
  return path.relative(folder, place).replaceAll(path.sep, '/') || '.';
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)].toSorted();
}
