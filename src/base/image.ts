import { PycontainerError } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import {
  type Descriptor,
  type ImageConfig,
  type ImageManifest,
  isIndexType,
  isManifestType,
  layerCompression,
  mediaTypes,
} from '../oci/manifest.ts';
import { choosePlatform, formatPlatform, normalizePlatform, type Platform } from '../oci/platform.ts';
import type { Reference } from '../oci/reference.ts';
import type { Base, BaseLayer, LayerOrigin } from './base.ts';
import { documentLimitBytes, parseConfig, parseIndex, parseManifest } from './documents.ts';

/** A place that has an image's documents and knows where its layers are. */
export interface Documents {
  /** The verified bytes of a manifest, index or config. */
  read(descriptor: Descriptor): Promise<Buffer>;
  origin(layer: Descriptor): Promise<LayerOrigin>;
}

export interface ImageRequest {
  /** As the user wrote it. */
  readonly text: string;
  readonly platform: Platform;
  /** Take another platform where this one is not to be had. */
  readonly orOther?: boolean;
  readonly reference?: Reference;
}

/** How deep an index may stand in an index. */
const depthLimit = 4;
/** How many documents are read in search of a platform. */
const documentLimit = 200;

/**
 * Walks from manifests and indexes to the image that runs on the platform. Throws 'base-platform' with a list of what
 * is there, 'base-invalid' where documents contradict each other.
 */
export async function openImage(
  roots: readonly Descriptor[],
  documents: Documents,
  request: ImageRequest,
): Promise<Base> {
  const walk = new Walk(documents, request.text);
  const candidates = await walk.images(roots);
  const runnable = candidates.filter(({ platform }) => platform.os !== 'unknown');
  const chosen = choosePlatform(candidates, request.platform) ?? (request.orOther === true ? runnable[0] : undefined);
  if (chosen === undefined) throw platformMissing(request, runnable);
  const manifest = await walk.manifest(chosen.descriptor);
  const config = parseConfig(await walk.read(manifest.config), request.text);
  checkPlatform(config, chosen.platform, request.text);
  return {
    text: request.text,
    ...(request.reference === undefined ? {} : { reference: request.reference }),
    platform: normalizePlatform(request.orOther === true ? chosen.platform : request.platform),
    digest: chosen.descriptor.digest,
    config,
    layers: await layersOf(manifest, config, documents, request.text),
    ...(chosen.index === undefined ? {} : { index: chosen.index }),
    annotations: manifest.annotations ?? {},
    platforms: runnable.map(({ platform: { os, architecture, variant } }) =>
      normalizePlatform({ os, architecture, ...(variant === undefined ? {} : { variant }) }),
    ),
  };
}

/** An image of an index, with the platform that the index or its own config names. */
interface Candidate {
  readonly descriptor: Descriptor;
  /** The outermost index that it stands in. */
  readonly index?: Digest;
  readonly platform: Platform;
}

class Walk {
  readonly #documents: Documents;
  readonly #text: string;
  readonly #read = new Map<Digest, Buffer>();

  constructor(documents: Documents, text: string) {
    this.#documents = documents;
    this.#text = text;
  }

  async images(descriptors: readonly Descriptor[], depth = 0): Promise<Candidate[]> {
    if (depth > depthLimit) throw invalid(this.#text, `has indexes more than ${depthLimit} deep`);
    const found: Candidate[] = [];
    for (const descriptor of descriptors) {
      if (descriptor.mediaType === mediaTypes.dockerSchema1) throw schema1(this.#text);
      if (isIndexType(descriptor.mediaType)) {
        const inside = await this.#inIndex(descriptor, depth);
        found.push(...inside.map((candidate) => ({ ...candidate, index: descriptor.digest })));
      } else if (isManifestType(descriptor.mediaType)) found.push(...(await this.#candidate(descriptor)));
    }
    return found;
  }

  async manifest(descriptor: Descriptor): Promise<ImageManifest> {
    const manifest = parseManifest(await this.read(descriptor), this.#text);
    checkType(manifest.mediaType, descriptor, this.#text);
    return manifest;
  }

  async read(descriptor: Descriptor): Promise<Buffer> {
    const known = this.#read.get(descriptor.digest);
    if (known !== undefined) return known;
    if (descriptor.size > documentLimitBytes) throw invalid(this.#text, `has a document of ${descriptor.size} bytes`);
    if (this.#read.size >= documentLimit) throw invalid(this.#text, `has more than ${documentLimit} manifests`);
    const bytes = await this.#documents.read(descriptor);
    this.#read.set(descriptor.digest, bytes);
    return bytes;
  }

  async #inIndex(descriptor: Descriptor, depth: number): Promise<Candidate[]> {
    const index = parseIndex(await this.read(descriptor), this.#text);
    checkType(index.mediaType, descriptor, this.#text);
    return this.images(index.manifests, depth + 1);
  }

  /** Nothing for a manifest that is no image: an attestation, a signature, a chart. */
  async #candidate(descriptor: Descriptor): Promise<Candidate[]> {
    if (descriptor.platform !== undefined) return [{ descriptor, platform: descriptor.platform }];
    if (descriptor.artifactType !== undefined) return [];
    const { config } = await this.manifest(descriptor);
    if (config.mediaType !== mediaTypes.config && config.mediaType !== mediaTypes.dockerConfig) return [];
    return [{ descriptor, platform: parseConfig(await this.read(config), this.#text) }];
  }
}

async function layersOf(
  manifest: ImageManifest,
  config: ImageConfig,
  documents: Documents,
  text: string,
): Promise<BaseLayer[]> {
  const diffIds = config.rootfs.diff_ids;
  if (diffIds.length !== manifest.layers.length) {
    throw invalid(text, `has ${manifest.layers.length} layers, but its config lists ${diffIds.length}`);
  }
  const layers: BaseLayer[] = [];
  for (const [position, diffId] of diffIds.entries()) {
    const descriptor = manifest.layers[position];
    if (descriptor === undefined) continue;
    if (layerCompression(descriptor.mediaType) === undefined) {
      throw invalid(text, `has a layer of type ${descriptor.mediaType}, which is not supported`);
    }
    layers.push({ descriptor, diffId, origin: await documents.origin(descriptor) });
  }
  return layers;
}

/** Variants are left out: configs often lack them. */
function checkPlatform(config: ImageConfig, named: Platform, text: string): void {
  const own = normalizePlatform(config);
  const goal = normalizePlatform(named);
  if (own.os === goal.os && own.architecture === goal.architecture) return;
  throw invalid(text, `is ${formatPlatform(own)} by its config, but ${formatPlatform(goal)} by its index`);
}

/** One document must not be a manifest to one reader and an index to another. */
function checkType(own: string | undefined, descriptor: Descriptor, text: string): void {
  if (own === undefined || isIndexType(own) === isIndexType(descriptor.mediaType)) return;
  throw invalid(text, `has a document that calls itself ${own}, but is referred to as ${descriptor.mediaType}`);
}

function platformMissing(request: ImageRequest, runnable: readonly Candidate[]): PycontainerError {
  const wanted = formatPlatform(normalizePlatform(request.platform));
  const there = [...new Set(runnable.map(({ platform }) => formatPlatform(normalizePlatform(platform))))];
  return new PycontainerError('base-platform', `Base ${request.text} has no image for ${wanted}`, {
    hint:
      there.length === 0
        ? 'It holds no image that can be run.'
        : `It has ${there.join(', ')}. Choose one of these under platforms, or another base.`,
  });
}

function schema1(text: string): PycontainerError {
  return new PycontainerError('registry-unsupported', `Base ${text} is of Docker's schema 1, which is not supported`, {
    hint: 'Schema 1 names no digest of its config and cannot be verified. Push the image again with a current Docker.',
  });
}

function invalid(text: string, what: string): PycontainerError {
  return new PycontainerError('base-invalid', `Base ${text} ${what}`, {
    hint: 'The image is damaged or of a kind that cannot be built on; choose another base.',
  });
}
