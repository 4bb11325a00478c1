import { PycontainerError } from '../errors.ts';
import { suggest } from './nearest.ts';
import type { KeyPath } from './node.ts';
import type { Target } from './target.ts';

/** A target whose image another one needs: as its base, or to copy from. */
export interface Need {
  readonly name: string;
  /** Where the target that needs it says so. */
  readonly at: KeyPath;
}

/** The targets that one names with `base` and `files`, in the order of its section. */
export function needsOf({ base, files }: Pick<Target, 'base' | 'files'>): readonly Need[] {
  return [
    ...(base?.kind === 'target' ? [{ name: base.name, at: ['base'] }] : []),
    ...files.flatMap(({ from }, index) =>
      from?.kind === 'target' ? [{ name: from.name, at: ['files', index, 'from'] }] : [],
    ),
  ];
}

/**
 * 'manifest-invalid' for each target that is needed and not there, and for each circle, once, at the first of its
 * targets. `names` has those too that could not be read.
 */
export function checkNeeds(targets: readonly Target[], names: ReadonlySet<string>): PycontainerError[] {
  const missing = targets.flatMap((target) =>
    needsOf(target).flatMap((need) => (names.has(need.name) ? [] : [unknown(target, need, names)])),
  );
  return [...missing, ...circles(new Map(targets.map((target) => [target.name, target])))];
}

function unknown(target: Target, { name, at }: Need, names: ReadonlySet<string>): PycontainerError {
  return new PycontainerError('manifest-invalid', `No target is named '${name}'`, {
    hint: suggest(name, names),
    location: target.locate(at),
  });
}

function circles(targets: ReadonlyMap<string, Target>): PycontainerError[] {
  const errors: PycontainerError[] = [];
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    const target = targets.get(name);
    if (target === undefined || done.has(name)) return;
    for (const need of needsOf(target)) {
      const here = [...path, name];
      const start = here.indexOf(need.name);
      if (start === -1) visit(need.name, here);
      else errors.push(circle([...here.slice(start), need.name], target, need));
    }
    done.add(name);
  };
  for (const name of targets.keys()) visit(name, []);
  return errors;
}

function circle(path: readonly string[], target: Target, { at }: Need): PycontainerError {
  return new PycontainerError('manifest-invalid', `targets stand on each other in a circle: ${path.join(' → ')}`, {
    hint: 'Give one of them another base; where `defaults` says the base, the lowest needs its own.',
    location: target.locate(at),
  });
}
