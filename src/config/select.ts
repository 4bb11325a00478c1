import { PycontainerError, throwTogether } from '../errors.ts';
import { parsePlatform } from '../oci/platform.ts';
import { parseReference } from '../oci/reference.ts';
import { findConflicts } from './conflicts.ts';
import { globPattern } from './glob.ts';
import { suggest } from './nearest.ts';
import { distinctPlatforms } from './resolve.ts';
import type { Config, Target } from './target.ts';

/**
 * The targets that names, groups and globs (`*`, `?`) stand for, each once, in the order of the manifest; all of them
 * for no names. Throws 'target-not-found'.
 */
export function selectTargets(config: Config, names: readonly string[]): Target[] {
  const all = [...config.targets.values()];
  if (names.length === 0) return all;
  const chosen = new Set<string>();
  const errors: PycontainerError[] = [];
  for (const name of names) {
    const found = namesFor(config, name);
    for (const target of found) chosen.add(target);
    if (found.length === 0 && !config.groups.has(name)) errors.push(notFound(config, name));
  }
  throwTogether(errors);
  return all.filter(({ name }) => chosen.has(name));
}

function namesFor({ targets, groups }: Config, name: string): readonly string[] {
  if (targets.has(name)) return [name];
  const group = groups.get(name);
  if (group !== undefined) return group;
  if (!/[*?]/.test(name)) return [];
  const pattern = globPattern(name);
  return [...targets.keys()].filter((target) => pattern.test(target));
}

function notFound({ targets, groups }: Config, name: string): PycontainerError {
  return new PycontainerError('target-not-found', `No target or group is named '${name}'`, {
    hint: suggest(name, [...targets.keys(), ...groups.keys()]),
  });
}

export interface TargetOverrides {
  /** Replace the manifest's; `${target}` stands for the target's name. Empty or absent: the manifest's stay. */
  readonly tags?: readonly string[];
  readonly platforms?: readonly string[];
}

/**
 * `--tag` and `--platform` laid over the targets that were selected.
 * Throws 'reference-invalid', 'platform-invalid', and 'manifest-conflict' where two targets would take one name.
 */
export function overrideTargets(targets: readonly Target[], { tags = [], platforms = [] }: TargetOverrides): Target[] {
  const parsedPlatforms = distinctPlatforms(platforms.map(parsePlatform));
  const overridden = targets.map((target) => ({
    ...target,
    ...(tags.length === 0 ? {} : { tags: tags.map((tag) => nameFor(target, tag)) }),
    ...(platforms.length === 0 ? {} : { platforms: parsedPlatforms }),
  }));
  throwTogether(findConflicts(overridden.map((target) => ({ target }))));
  return overridden;
}

function nameFor({ name }: Target, tag: string): string {
  const text = tag.replaceAll('${target}', name);
  if (parseReference(text).digest === undefined) return text;
  throw new PycontainerError('reference-invalid', `'${text}' has a digest: what is built cannot be named so`);
}
