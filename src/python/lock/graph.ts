import type { LockedPackage } from './package.ts';

/** A package in a lock that keeps its dependencies by name and version, not by package. */
export interface GraphNode {
  readonly locked: Omit<LockedPackage, 'requested' | 'requires'>;
  /** What it asks for in the image: by itself, or for one of its extras. */
  readonly edges: (extra: string | undefined) => readonly GraphEdge[];
}

export interface GraphEdge {
  readonly name: string;
  readonly extras: readonly string[];
  /** Whether a version will do. */
  readonly allows: (version: string) => boolean;
}

/**
 * Follows the edges from the roots, but not back to the project itself. Where several versions of a package will do, the first in `nodes` is taken; what no
 * node will do for is left out and given back by name.
 */
export function walkGraph(
  nodes: readonly GraphNode[],
  roots: readonly GraphEdge[],
  project: string | undefined,
): { readonly packages: LockedPackage[]; readonly missing: readonly string[] } {
  const byName = Map.groupBy(nodes, ({ locked }) => locked.name);
  const selected = new Map<GraphNode, { requested: boolean; requires: Set<string>; extras: Set<string | undefined> }>();
  const missing = new Set<string>();
  const queue: { node: GraphNode; extra: string | undefined }[] = [];
  const follow = (edge: GraphEdge, from: GraphNode | undefined): void => {
    if (edge.name === project) return;
    const node = byName
      .get(edge.name)
      ?.find(({ locked }) => locked.version === undefined || edge.allows(locked.version));
    if (node === undefined) {
      missing.add(edge.name);
      return;
    }
    const entry = selected.get(node) ?? { requested: false, requires: new Set(), extras: new Set() };
    selected.set(node, entry);
    if (from === undefined) entry.requested = true;
    else selected.get(from)?.requires.add(edge.name);
    for (const extra of [undefined, ...edge.extras]) {
      if (entry.extras.has(extra)) continue;
      entry.extras.add(extra);
      queue.push({ node, extra });
    }
  };
  for (const root of roots) follow(root, undefined);
  for (const { node, extra } of queue) for (const edge of node.edges(extra)) follow(edge, node);
  const packages = [...selected].map(([{ locked }, { requested, requires }]) => ({
    ...locked,
    requested,
    requires: [...requires].sort(),
  }));
  return { packages, missing: [...missing] };
}
