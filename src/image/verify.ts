import type { Base, BaseLayer, LayerOrigin } from '../base/base.ts';
import { type ContentEntry, layerContents } from '../base/contents.ts';
import type { BaseSources } from '../base/sources.ts';
import { verifiedRegion } from '../base/verified.ts';
import { asBase } from './assemble.ts';
import { type ConfigChange, configChanges } from './config-diff.ts';
import { formatPlatform } from '../oci/platform.ts';
import type { Image, TargetImage } from './image.ts';
import { describeLayer, madeBy } from './report.ts';

type FileOrigin = Extract<LayerOrigin, { kind: 'file' }>;

/** The first thing in which an image is not what was planned. */
export type Difference =
  | { readonly kind: 'layers'; readonly has: number; readonly planned: number; readonly title: string }
  | {
      readonly kind: 'layer';
      /** From 1, the lowest first. */
      readonly position: number;
      readonly of: number;
      readonly title: string;
      /** The first file of the layer that differs, absolute; absent where the files are the same. */
      readonly file?: string;
      /** What differs: the file's property, or how the same files are written. */
      readonly what: string;
    }
  | ({ readonly kind: 'config' } & ConfigChange)
  | { readonly kind: 'platforms'; readonly has: readonly string[]; readonly planned: readonly string[] }
  /** All that they mean is the same. */
  | { readonly kind: 'document'; readonly what: 'index' | 'manifest' | 'config' };

/**
 * Compares an image with the planned one byte for byte, as far as its place keeps bytes: one without manifests has only
 * the config, which names the contents of all layers. Layers on this machine are read through. undefined when all is the
 * same. Throws 'digest-mismatch' for a damaged layer, and what reading layers throws.
 */
export async function firstDifference(
  image: Base,
  planned: Image,
  sources: BaseSources,
): Promise<Difference | undefined> {
  const wanted = asBase('the plan', planned);
  return (
    (await layerDifference(image, wanted, sources)) ??
    configDifference(image, wanted) ??
    (await documentDifference(image, planned, sources))
  );
}

/** The same of what several platforms have in common; undefined too where the image's place knows of one platform only. */
export function rootDifference(image: Base, { images, root }: TargetImage): Difference | undefined {
  if (image.platforms === undefined) return undefined;
  const [has, planned] = [image.platforms, images.map(({ platform }) => platform)].map((platforms) =>
    [...new Set(platforms.map(formatPlatform))].sort(),
  );
  if (has === undefined || planned === undefined) return undefined;
  if (JSON.stringify(has) !== JSON.stringify(planned)) return { kind: 'platforms', has, planned };
  const digest = image.index ?? image.digest;
  return digest === root.descriptor.digest ? undefined : { kind: 'document', what: 'index' };
}

async function layerDifference(image: Base, planned: Base, sources: BaseSources): Promise<Difference | undefined> {
  const of = planned.layers.length;
  const titleOf = (base: Base, index: number): string => describeLayer(madeBy(base.config)[index]).title;
  for (const [index, wanted] of planned.layers.entries()) {
    const layer = image.layers[index];
    if (layer === undefined) {
      return { kind: 'layers', has: image.layers.length, planned: of, title: titleOf(planned, index) };
    }
    const what = isSame(layer, wanted, image) ? undefined : await whatDiffers(layer, wanted, sources);
    if (what !== undefined) return { kind: 'layer', position: index + 1, of, title: titleOf(planned, index), ...what };
  }
  const has = image.layers.length;
  return has === of ? undefined : { kind: 'layers', has, planned: of, title: titleOf(image, of) };
}

function isSame(layer: BaseLayer, wanted: BaseLayer, image: Base): boolean {
  return keepsManifest(image) ? layer.descriptor.digest === wanted.descriptor.digest : layer.diffId === wanted.diffId;
}

async function whatDiffers(
  layer: BaseLayer,
  wanted: BaseLayer,
  sources: BaseSources,
): Promise<{ file?: string; what: string }> {
  if (layer.diffId === wanted.diffId) return { what: 'the same files, compressed otherwise' };
  const [has, planned] = await Promise.all([layerContents(layer, sources), layerContents(wanted, sources)]);
  const there = new Map(has.entries.map((entry) => [entry.path, entry]));
  for (const entry of planned.entries) {
    const what = entryDifference(there.get(entry.path), entry);
    if (what !== undefined) return { file: `/${entry.path}`, what };
  }
  const paths = new Set(planned.entries.map(({ path }) => path));
  const more = has.entries.find(({ path }) => !paths.has(path));
  return more === undefined
    ? { what: 'the same files, written otherwise' }
    : { file: `/${more.path}`, what: 'is in the image, and not in the plan' };
}

function entryDifference(has: ContentEntry | undefined, planned: ContentEntry): string | undefined {
  if (has === undefined) return 'is not in the image';
  const told: readonly (readonly [string, (entry: ContentEntry) => unknown])[] = [
    ['type', ({ type }) => type],
    ['content', ({ sizeBytes, sha256 }) => [sizeBytes, sha256]],
    ['target', ({ target }) => target],
    ['mode', ({ mode }) => mode],
    ['owner', ({ uid, gid }) => [uid, gid]],
    ['time', ({ mtimeSeconds }) => mtimeSeconds],
  ];
  const other = told.find(([, of]) => JSON.stringify(of(has)) !== JSON.stringify(of(planned)));
  return other === undefined ? undefined : `has another ${other[0]}`;
}

function configDifference(image: Base, planned: Base): Difference | undefined {
  const [change] = configChanges(image, planned);
  return change === undefined ? undefined : { kind: 'config', ...change };
}

/** Where places keep no manifest, nobody says how layers are compressed, and an image is called by its config. */
function keepsManifest({ annotations }: Base): boolean {
  return annotations !== undefined;
}

/** What the documents promise is kept too: the bytes on this machine are what their digests say. */
async function documentDifference(image: Base, planned: Image, sources: BaseSources): Promise<Difference | undefined> {
  const digests = [planned.config, ...(keepsManifest(image) ? [planned.manifest] : [])].map(
    ({ descriptor }) => descriptor.digest,
  );
  if (image.digest !== digests.at(-1)) return { kind: 'document', what: keepsManifest(image) ? 'manifest' : 'config' };
  for (const layer of image.layers) {
    if (!keepsManifest(image)) await layerContents(layer, sources);
    else if (layer.origin.kind === 'file') await readThrough(layer, layer.origin);
  }
  return undefined;
}

/** From the place itself: the store may have the right bytes. */
async function readThrough({ descriptor }: BaseLayer, { path, offset = 0 }: FileOrigin): Promise<void> {
  const region = { path, offset, sizeBytes: descriptor.size };
  for await (const chunk of verifiedRegion(region, descriptor, `Layer ${descriptor.digest} in ${path}`)) void chunk;
}
