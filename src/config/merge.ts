import type { MapEntry, SourceNode } from './node.ts';

/** Lays `upper` over `lower`: maps merge key by key, everything else replaces. Keys of `lower` come first. */
export function mergeNodes(lower: SourceNode, upper: SourceNode): SourceNode {
  if (lower.kind !== 'map' || upper.kind !== 'map') return upper;
  const entries = new Map<string, MapEntry>(lower.entries);
  for (const [key, entry] of upper.entries) {
    const below = entries.get(key);
    entries.set(key, below === undefined ? entry : { key: entry.key, value: mergeNodes(below.value, entry.value) });
  }
  return { kind: 'map', entries, span: upper.span };
}

/** The map without these keys; another node as it is. */
export function withoutKeys(node: SourceNode, keys: readonly string[]): SourceNode {
  if (node.kind !== 'map') return node;
  return { ...node, entries: new Map([...node.entries].filter(([key]) => !keys.includes(key))) };
}
