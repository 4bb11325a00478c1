import { locationOf, type Span } from './source.ts';
import type { SourceLocation } from '../errors.ts';

/**
 * What a manifest says, before anybody asks what it means. YAML and TOML both become this. A scalar is its source text:
 * whether `1.10` is a number is for the key to say.
 */
export type SourceNode = ScalarNode | ListNode | MapNode;

export interface ScalarNode {
  readonly kind: 'scalar';
  /** null for an empty value, `~` and `null`. */
  readonly text: string | null;
  readonly span: Span;
  /** What the manifest has in place of `text`, when variables stand in it: their values are not to be shown. */
  readonly written?: string;
  /** Whether a variable could not be filled in, which has been reported: nothing else is to be said about it. */
  readonly isUnfilled?: boolean;
}

export interface ListNode {
  readonly kind: 'list';
  readonly items: readonly SourceNode[];
  readonly span: Span;
}

export interface MapNode {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, MapEntry>;
  readonly span: Span;
}

export interface MapEntry {
  readonly key: Span;
  readonly value: SourceNode;
}

export type KeyPath = readonly (string | number)[];

/** Values as a validator wants them: scalars are strings or null. Objects have no prototype. */
export type PlainValue = string | null | PlainValue[] | { [key: string]: PlainValue };

export function toPlain(node: SourceNode): PlainValue {
  if (node.kind === 'scalar') return node.text;
  if (node.kind === 'list') return node.items.map(toPlain);
  const plain: { [key: string]: PlainValue } = Object.create(null);
  for (const [key, { value }] of node.entries) plain[key] = toPlain(value);
  return plain;
}

export function child(node: SourceNode, key: string | number): SourceNode | undefined {
  if (node.kind === 'map') return node.entries.get(String(key))?.value;
  return node.kind === 'list' ? node.items[Number(key)] : undefined;
}

export function nodeAt(node: SourceNode, path: KeyPath): SourceNode | undefined {
  return path.reduce<SourceNode | undefined>((at, key) => at && child(at, key), node);
}

/** The place of the value at `path`, or of its nearest parent that is written down. */
export function locateValue(root: SourceNode, path: KeyPath): SourceLocation {
  return locationOf((nearest(root, path) ?? root).span);
}

/** The place of the key at `path` (of a list's item, its value), or of the nearest parent's that is written down. */
export function locateKey(root: SourceNode, path: KeyPath): SourceLocation {
  for (let length = path.length; length > 0; length--) {
    const parent = nodeAt(root, path.slice(0, length - 1));
    const key = path[length - 1] ?? '';
    const entry = parent?.kind === 'map' ? parent.entries.get(String(key)) : undefined;
    if (entry !== undefined) return locationOf(entry.key);
    const item = parent?.kind === 'list' ? child(parent, key) : undefined;
    if (item !== undefined) return locationOf(item.span);
  }
  return locationOf(root.span);
}

/** The map itself, or an empty one that stands where a key has no value. */
export function asMap(node: SourceNode): MapNode | undefined {
  if (node.kind === 'map') return node;
  return node.kind === 'scalar' && node.text === null
    ? { kind: 'map', entries: new Map(), span: node.span }
    : undefined;
}

function nearest(root: SourceNode, path: KeyPath): SourceNode | undefined {
  let at = root;
  for (const key of path) {
    const next = child(at, key);
    if (next === undefined) break;
    at = next;
  }
  return at;
}
