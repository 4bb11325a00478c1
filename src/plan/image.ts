import type { LayerKey } from '../oci/digest.ts';
import type { Base, LayerOrigin } from '../base/base.ts';
import type { KeptLayer } from '../cache/kept-layer.ts';
import { asBase, assembleImage, assembleTarget } from '../image/assemble.ts';
import type { Image, ImageLayer, TargetImage } from '../image/image.ts';
import type { DrawnLayer } from './draw.ts';
import type { PlatformPlan } from './plan.ts';

type Titled = Iterable<Pick<DrawnLayer, 'key' | 'title'>>;

/** The image that a target comes to; undefined while a layer is missing. */
export function targetImage(
  name: string,
  platforms: readonly PlatformPlan[],
  made: ReadonlyMap<LayerKey, KeptLayer>,
  drawn: Titled,
): TargetImage | undefined {
  const titles = new Map(Array.from(drawn, ({ key, title }) => [key, title]));
  const images = platforms.flatMap((platform) => platformImage(platform, made, titles) ?? []);
  return images.length < platforms.length ? undefined : assembleTarget(name, images);
}

/** One platform's image of a target as a base; undefined while a layer is missing. */
export function platformBase(
  name: string,
  platform: PlatformPlan,
  made: ReadonlyMap<LayerKey, KeptLayer>,
  drawn: Titled,
): Base | undefined {
  const image = platformImage(platform, made, new Map(Array.from(drawn, ({ key, title }) => [key, title])));
  return image === undefined ? undefined : asBase(`target:${name}`, image);
}

type Titles = ReadonlyMap<LayerKey, string>;

function platformImage(
  platform: PlatformPlan,
  made: ReadonlyMap<LayerKey, KeptLayer>,
  titles: Titles,
): Image | undefined {
  const { inputs, below, own } = platform;
  const layers = own.flatMap((key) => imageLayer(made.get(key), titles.get(key) ?? ''));
  const under = below === undefined ? undefined : platformImage(below, made, titles);
  if (layers.length < own.length || (below !== undefined && under === undefined)) return undefined;
  const base = under === undefined ? inputs.base : asBase(platform.base.text, under);
  const { settings, annotations } = inputs;
  return assembleImage({ base, layers, settings, annotations });
}

function imageLayer(layer: KeptLayer | undefined, title: string): readonly ImageLayer[] {
  if (layer === undefined) return [];
  const { digest, diffId, sizeBytes: size, mediaType, cache } = layer;
  const origin: LayerOrigin = cache === undefined ? { kind: 'store' } : { kind: 'registry', ...cache };
  return [{ descriptor: { mediaType, digest, size }, diffId, origin, title }];
}
