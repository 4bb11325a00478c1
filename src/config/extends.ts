import { PycontainerError } from '../errors.ts';
import { mergeNodes, withoutKeys } from './merge.ts';
import { suggest } from './nearest.ts';
import { child, locateValue, type SourceNode } from './node.ts';

/** What `extends` does not carry from one target to another. */
const ownKeys = ['tags', 'outputs', 'run'];

/**
 * Each target with `defaults` and what it extends laid below it. Targets whose `extends` is wrong are left out, and
 * 'manifest-extends' goes to `errors`.
 */
export function inherit(
  targets: ReadonlyMap<string, SourceNode>,
  defaults: SourceNode | undefined,
  errors: PycontainerError[],
): Map<string, SourceNode> {
  const merged = new Map<string, SourceNode>();
  for (const [name, own] of targets) {
    const chain = chainOf(name, targets, errors);
    if (chain === undefined) continue;
    const parents = chain.map((parent) => withoutKeys(parent, ownKeys));
    const layers = [...(defaults === undefined ? [] : [defaults]), ...parents, own];
    const whole = layers.reduce(mergeNodes);
    merged.set(name, { ...withoutKeys(whole, ['extends']), span: own.span });
  }
  return merged;
}

/** The targets that one extends, the farthest first; undefined when one is missing or the chain goes in a circle. */
function chainOf(
  name: string,
  targets: ReadonlyMap<string, SourceNode>,
  errors: PycontainerError[],
): SourceNode[] | undefined {
  const path = [name];
  const chain: SourceNode[] = [];
  for (let at = targets.get(name); at !== undefined;) {
    const parentName = extendsOf(at);
    if (parentName === undefined) return chain;
    const parent = targets.get(parentName);
    const location = locateValue(at, ['extends']);
    if (parent === undefined) {
      if (path.length === 1) errors.push(unknownTarget(parentName, targets, location));
      return undefined;
    }
    if (path.includes(parentName)) {
      const circle = path.slice(path.indexOf(parentName));
      const isFirst = [...targets.keys()].find((name) => circle.includes(name)) === name;
      if (isFirst) errors.push(circleError([...circle, parentName], locateValue(targets.get(name) ?? at, ['extends'])));
      return undefined;
    }
    path.push(parentName);
    chain.unshift(parent);
    at = parent;
  }
  return chain;
}

/** The text of `extends`; other forms are the validator's to refuse. */
function extendsOf(target: SourceNode): string | undefined {
  const node = child(target, 'extends');
  return node?.kind === 'scalar' ? (node.text ?? undefined) : undefined;
}

function unknownTarget(
  name: string,
  targets: ReadonlyMap<string, SourceNode>,
  location: ReturnType<typeof locateValue>,
): PycontainerError {
  const hint = suggest(name, targets.keys());
  return new PycontainerError('manifest-extends', `No target is named '${name}'`, { hint, location });
}

function circleError(path: readonly string[], location: ReturnType<typeof locateValue>): PycontainerError {
  return new PycontainerError('manifest-extends', `extends goes in a circle: ${path.join(' → ')}`, {
    hint: 'Remove extends from one of them.',
    location,
  });
}
