import type { Base } from '../base/base.ts';
import type { BaseSources } from '../base/sources.ts';
import type { DiffId } from '../oci/digest.ts';
import { type ConfigChange, configChanges } from './config-diff.ts';
import { imageContents, type ImageFile } from './files.ts';
import { type ImagePackage, packagesIn } from './installed.ts';
import { describeLayer, madeBy } from './report.ts';

/**
 * What differs between two images for those who run them. How layers are compressed, times of files and the history's
 * words make no difference.
 */
export interface ImageDiff {
  readonly layers: readonly LayerChange[];
  /** In the order of paths. */
  readonly files: readonly FileChange[];
  /** In the order of names. */
  readonly packages: readonly PackageChange[];
  readonly config: readonly ConfigChange[];
}

export type Change = 'added' | 'changed' | 'removed';

export interface LayerChange {
  /** `moved`: in both, but elsewhere among the others. */
  readonly change: 'added' | 'removed' | 'moved';
  readonly title: string;
  readonly diffId: DiffId;
  readonly sizeBytes: number;
}

export interface FileChange {
  /** Absolute. */
  readonly path: string;
  readonly change: Change;
  readonly type: ImageFile['type'];
  /** Of what changed: which properties did. */
  readonly what: readonly FileProperty[];
  /** Of files; absent on the side that has none. */
  readonly fromBytes: number | undefined;
  readonly toBytes: number | undefined;
}

export type FileProperty = 'type' | 'content' | 'mode' | 'owner' | 'target';

export interface PackageChange {
  readonly name: string;
  /** The folder that it is imported from. */
  readonly folder: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** Reads both images through. Errors as of layerContents. */
export async function diffImages(from: Base, to: Base, sources: BaseSources): Promise<ImageDiff> {
  const [before, after] = await Promise.all([imageContents(from, sources), imageContents(to, sources)]);
  return {
    layers: layerChanges(from, to),
    files: fileChanges(before.files, after.files),
    packages: packageChanges(packagesIn(before.files), packagesIn(after.files)),
    config: configChanges(from, to),
  };
}

function layerChanges(from: Base, to: Base): readonly LayerChange[] {
  const change = (image: Base, index: number, change: LayerChange['change']): LayerChange[] => {
    const layer = image.layers[index];
    if (layer === undefined) return [];
    const { title } = describeLayer(madeBy(image.config)[index]);
    return [{ change, title, diffId: layer.diffId, sizeBytes: layer.descriptor.size }];
  };
  const [only, common] = split(from, to);
  const [added, alsoCommon] = split(to, from);
  return [
    ...only.flatMap((index) => change(from, index, 'removed')),
    ...added.flatMap((index) => change(to, index, 'added')),
    ...alsoCommon.flatMap((index, place) =>
      to.layers[index]?.diffId === from.layers[common[place] ?? -1]?.diffId ? [] : change(to, index, 'moved'),
    ),
  ];
}

/** Positions of the image's layers that the other lacks, and of those that it has, each as often as it has them. */
function split(image: Base, other: Base): readonly [readonly number[], readonly number[]] {
  const left = other.layers.map(({ diffId }) => diffId);
  const [own, common]: [number[], number[]] = [[], []];
  for (const [index, { diffId }] of image.layers.entries()) {
    const at = left.indexOf(diffId);
    if (at === -1) own.push(index);
    else {
      left.splice(at, 1);
      common.push(index);
    }
  }
  return [own, common];
}

function fileChanges(
  before: ReadonlyMap<string, ImageFile>,
  after: ReadonlyMap<string, ImageFile>,
): readonly FileChange[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths.flatMap((path): readonly FileChange[] => {
    const [from, to] = [before.get(path), after.get(path)];
    const what = from === undefined || to === undefined ? [] : propertiesChanged(from, to);
    if (from !== undefined && to !== undefined && what.length === 0) return [];
    const change = from === undefined ? 'added' : to === undefined ? 'removed' : 'changed';
    const type = (to ?? from)?.type ?? 'other';
    return [{ path: `/${path}`, change, type, what, fromBytes: from?.sizeBytes, toBytes: to?.sizeBytes }];
  });
}

function propertiesChanged(from: ImageFile, to: ImageFile): readonly FileProperty[] {
  if (from.type !== to.type) return ['type'];
  const properties: readonly (readonly [FileProperty, boolean])[] = [
    ['content', from.sha256 !== to.sha256],
    ['target', from.target !== to.target],
    ['mode', from.mode !== to.mode],
    ['owner', from.uid !== to.uid || from.gid !== to.gid],
  ];
  return properties.flatMap(([property, changed]) => (changed ? [property] : []));
}

function packageChanges(before: readonly ImagePackage[], after: readonly ImagePackage[]): readonly PackageChange[] {
  const versions = (list: readonly ImagePackage[]): ReadonlyMap<string, ImagePackage> =>
    new Map(list.map((item) => [`${item.name} ${item.folder}`, item]));
  const [from, to] = [versions(before), versions(after)];
  return [...new Set([...from.keys(), ...to.keys()])].sort().flatMap((key): readonly PackageChange[] => {
    const [was, is] = [from.get(key), to.get(key)];
    const item = is ?? was;
    if (item === undefined || was?.version === is?.version) return [];
    return [{ name: item.name, folder: item.folder, from: was?.version, to: is?.version }];
  });
}
