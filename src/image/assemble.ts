import { digestOf } from '../oci/digest.ts';
import { type Annotations, type Descriptor, type ImageConfig, mediaTypes } from '../oci/manifest.ts';
import type { Platform } from '../oci/platform.ts';
import type { Base } from '../base/base.ts';
import { parseConfig, parseManifest } from '../base/documents.ts';
import { type ImageSettings, mergeConfig } from './config.ts';
import type { Document, Image, ImageLayer, TargetImage } from './image.ts';

export interface ImageParts {
  readonly base: Base;
  /** Ours, in the order in which they stand on the base. */
  readonly layers: readonly ImageLayer[];
  readonly settings: ImageSettings;
  readonly annotations: Annotations;
}

/** Makes config and manifest. Pure: equal parts give equal bytes. The manifest is always of the OCI kind. */
export function assembleImage({ base, layers, settings, annotations }: ImageParts): Image {
  const config = document(mediaTypes.config, mergeConfig(base.config, settings, layers));
  const all = [...base.layers.map(baseLayer), ...layers];
  const manifest = document(mediaTypes.manifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: config.descriptor,
    layers: all.map(({ descriptor }) => descriptor),
    ...annotationsOf(base, annotations),
  });
  return { platform: base.platform, config, manifest, layers: all };
}

/** An image of ours as what another one stands on. */
export function asBase(text: string, { platform, config, manifest, layers }: Image): Base {
  return {
    text,
    platform,
    digest: manifest.descriptor.digest,
    config: parseConfig(config.bytes, text),
    layers: layers.map(({ descriptor, diffId, origin }) => ({ descriptor, diffId, origin })),
    annotations: parseManifest(manifest.bytes, text).annotations ?? {},
  };
}

/** One platform is a plain manifest; several are an index in the order given (some services refuse an index of one). */
export function assembleTarget(target: string, images: readonly Image[]): TargetImage {
  const [only] = images;
  if (images.length === 1 && only !== undefined) return { target, images, root: only.manifest };
  const root = document(mediaTypes.index, {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: images.map((image) => ({ ...image.manifest.descriptor, platform: platformOf(image.platform) })),
  });
  return { target, images, root };
}

function baseLayer({ descriptor, diffId, origin }: Base['layers'][number]): ImageLayer {
  const { digest, size, urls } = descriptor;
  const mediaType = ociLayerType(descriptor.mediaType);
  return {
    descriptor: { mediaType, digest, size, ...(urls === undefined ? {} : { urls }) },
    diffId,
    origin,
    title: 'base',
  };
}

/** Docker's layer types and OCI's name the same bytes; a manifest of one kind must not mix them. */
function ociLayerType(mediaType: string): string {
  const names: Readonly<Record<string, string>> = {
    [mediaTypes.dockerLayer]: mediaTypes.layer,
    [mediaTypes.dockerLayerGzip]: mediaTypes.layerGzip,
    [mediaTypes.dockerLayerZstd]: mediaTypes.layerZstd,
    [mediaTypes.dockerForeignLayer]: mediaTypes.foreignLayerGzip,
  };
  return names[mediaType] ?? mediaType;
}

/** @see https://github.com/opencontainers/image-spec/blob/main/annotations.md */
function annotationsOf(base: Base, own: Annotations): { annotations?: Annotations } {
  const below: Annotations = {
    'org.opencontainers.image.base.digest': base.digest,
    ...(base.reference === undefined ? {} : { 'org.opencontainers.image.base.name': nameOf(base.reference) }),
  };
  const all = Object.entries({ ...(base.layers.length === 0 ? {} : below), ...own });
  return all.length === 0 ? {} : { annotations: Object.fromEntries(all.toSorted(([a], [b]) => (a < b ? -1 : 1))) };
}

function nameOf({ host, repository, tag, digest }: NonNullable<Base['reference']>): string {
  return `${host}/${repository}${tag === undefined ? (digest === undefined ? '' : `@${digest}`) : `:${tag}`}`;
}

function platformOf({ os, architecture, variant }: Platform): Platform {
  return { architecture, os, ...(variant === undefined ? {} : { variant }) };
}

function document(mediaType: string, value: ImageConfig | object): Document {
  const bytes = Buffer.from(JSON.stringify(value));
  const descriptor: Descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  return { descriptor, bytes };
}
