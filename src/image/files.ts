import pLimit from 'p-limit';
import type { Base } from '../base/base.ts';
import { type ContentEntry, layerContents, type LayerContents } from '../base/contents.ts';
import type { BaseSources } from '../base/sources.ts';
import { type Node, Tree } from '../base/tree.ts';

/** A file, folder or link as a container sees it. */
export type ImageFile = Omit<ContentEntry, 'path' | 'mtimeSeconds'> & {
  /** Of files: the layer that brings it, counted from the lowest. */
  readonly layer?: number;
};

/** An image's layers read through, and what they come to. */
export interface ImageContents {
  /** Base layer first. */
  readonly layers: readonly LayerContents[];
  /** By path without a leading slash, in the order of code units of their parts. */
  readonly files: ReadonlyMap<string, ImageFile>;
}

const parallelLayers = 2;

/** Reads an image's layers, each once; what was read is kept in the store. Errors as of layerContents. */
export async function imageContents(image: Base, sources: BaseSources): Promise<ImageContents> {
  const limited = pLimit(parallelLayers);
  const layers = await Promise.all(image.layers.map((layer) => limited(() => layerContents(layer, sources))));
  const tree = new Tree();
  for (const { entries } of layers) tree.apply(entries);
  const places = layers.map(({ entries }) => new Map(entries.map((entry) => [entry.path, entry])));
  const files = new Map<string, ImageFile>();
  const visit = (node: Node, path: string): void => {
    if (path !== '') files.set(path, described(node, places));
    if (node.type !== 'directory') return;
    for (const [name, child] of [...node.children].sort(([a], [b]) => (a < b ? -1 : 1))) {
      visit(child, path === '' ? name : `${path}/${name}`);
    }
  };
  visit(tree.root, '');
  return { layers, files };
}

function described(node: Node, places: readonly ReadonlyMap<string, ContentEntry>[]): ImageFile {
  const { type, mode, uid, gid } = node;
  const common = { type, mode, uid, gid };
  if (node.type === 'symlink') return { ...common, target: node.target };
  if (node.type !== 'file') return common;
  const { sizeBytes, sha256, text } = places[node.origin.layer]?.get(node.origin.path) ?? {};
  return {
    ...common,
    layer: node.origin.layer,
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(text === undefined ? {} : { text }),
  };
}
