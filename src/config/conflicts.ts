import { PycontainerError, type SourceLocation } from '../errors.ts';
import { formatReference, parseReference } from '../oci/reference.ts';
import { nodeAt, type KeyPath, type SourceNode } from './node.ts';
import type { Target } from './target.ts';

/** A target and the tree that it was read from; without a tree, mistakes have no place in the manifest. */
export interface NamedTarget {
  readonly target: Target;
  readonly node?: SourceNode;
}

/** Two images that would take one name or one place ('manifest-conflict'), each told with both places. */
export function findConflicts(targets: readonly NamedTarget[]): PycontainerError[] {
  const claims = targets.flatMap(claimsOf);
  const first = new Map<string, Claim>();
  return claims.flatMap((claim) => {
    const earlier = first.get(claim.key);
    if (earlier === undefined) first.set(claim.key, claim);
    if (earlier === undefined || (earlier.owner === claim.owner && claim.kind === 'name')) return [];
    return [conflict(earlier, claim)];
  });
}

interface Claim {
  readonly kind: 'name' | 'output';
  /** Equal for what is the same name or place. */
  readonly key: string;
  /** As the manifest has it. */
  readonly written: string;
  readonly owner: string;
  readonly location: SourceLocation;
}

function claimsOf({ target, node }: NamedTarget): Claim[] {
  const claim = (kind: Claim['kind'], key: string, shown: string, keys: KeyPath): Claim[] => {
    const at = node === undefined ? undefined : nodeAt(node, keys);
    if (at?.kind === 'scalar' && at.isUnfilled === true) return [];
    const written = at?.kind === 'scalar' ? (at.written ?? at.text ?? shown) : shown;
    return [{ kind, key: `${kind} ${key}`, written, owner: target.name, location: target.locate(keys) }];
  };
  return [
    ...target.tags.flatMap((tag, index) => claim('name', canonicalName(tag), tag, ['tags', index])),
    ...target.outputs.flatMap(({ dest }, index) =>
      dest === undefined ? [] : claim('output', dest, dest, ['outputs', index, 'dest']),
    ),
  ];
}

function canonicalName(tag: string): string {
  const reference = parseReference(tag);
  return formatReference({ ...reference, tag: reference.tag ?? 'latest' });
}

function conflict(earlier: Claim, later: Claim): PycontainerError {
  const what = later.kind === 'name' ? 'name' : 'output';
  const { file, line, column } = earlier.location;
  const who =
    earlier.owner === later.owner ? `'${later.owner}' twice has` : `'${earlier.owner}' and '${later.owner}' both have`;
  return new PycontainerError('manifest-conflict', `${who} the ${what} '${later.written}'`, {
    hint: `The other is at ${file}:${line}:${column}. In a text that targets share, \${target} makes the difference.`,
    location: later.location,
  });
}
