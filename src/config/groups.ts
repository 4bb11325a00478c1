import { PycontainerError } from '../errors.ts';
import { suggest } from './nearest.ts';
import { locateKey, locateValue, type SourceNode } from './node.ts';

/**
 * Groups as lists of target names, groups within groups taken apart, each target once, in the order of the manifest's
 * lists. `node` is the section, for places. Mistakes go to `errors`.
 */
export function expandGroups(
  groups: Readonly<Record<string, readonly string[]>>,
  targets: ReadonlySet<string>,
  node: SourceNode,
  errors: PycontainerError[],
): Map<string, readonly string[]> {
  const known = new Map(Object.entries(groups));
  for (const [group, members] of known) {
    if (targets.has(group)) {
      const location = locateKey(node, [group]);
      errors.push(new PycontainerError('manifest-conflict', `'${group}' is a target and a group`, { location }));
    }
    for (const [index, member] of members.entries()) {
      if (targets.has(member) || known.has(member)) continue;
      const location = locateValue(node, [group, index]);
      const hint = suggest(member, [...targets, ...known.keys()]);
      const message = `No target or group is named '${member}'`;
      errors.push(new PycontainerError('manifest-invalid', message, { hint, location }));
    }
  }
  const expanded = [...known.keys()].map((group) => {
    const names = new Set<string>();
    collect(group, [], names, { known, targets, node, errors });
    return [group, [...names]] as const;
  });
  return new Map(expanded);
}

interface Search {
  readonly known: ReadonlyMap<string, readonly string[]>;
  readonly targets: ReadonlySet<string>;
  readonly node: SourceNode;
  readonly errors: PycontainerError[];
}

/** A circle is reported once, at the first of its groups. */
function collect(group: string, path: readonly string[], names: Set<string>, search: Search): void {
  const { known, targets, node, errors } = search;
  for (const [index, member] of (known.get(group) ?? []).entries()) {
    if (targets.has(member)) {
      names.add(member);
      continue;
    }
    const here = [...path, group];
    if (!here.includes(member)) {
      collect(member, here, names, search);
      continue;
    }
    const isFirst = here[0] === member && [...known.keys()].find((name) => here.includes(name)) === member;
    if (!isFirst) continue;
    const message = `groups go in a circle: ${[...here, member].join(' → ')}`;
    errors.push(new PycontainerError('manifest-invalid', message, { location: locateValue(node, [group, index]) }));
  }
}
