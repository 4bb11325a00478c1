import { createHash } from 'node:crypto';
import * as z from 'zod';
import { PycontainerError } from '../errors.ts';
import { type DiffId, digestOf, parseDigest } from '../oci/digest.ts';
import { type Descriptor, type ImageConfig, mediaTypes } from '../oci/manifest.ts';
import { choosePlatform, formatPlatform, normalizePlatform } from '../oci/platform.ts';
import type { Base, BaseLayer } from './base.ts';
import { documentLimitBytes, parseConfig, parsed } from './documents.ts';
import type { ImageRequest } from './image.ts';
import { openedArchive } from './layout.ts';
import { compressionOf, type TarIndex } from './tar-index.ts';
import { type Region, regionBytes, regionChunks } from './verified.ts';

/** `manifest.json`, in every format of `docker save` since 1.10. */
const savedImages = z.array(
  z.object({
    Config: z.string(),
    RepoTags: z
      .array(z.string())
      .nullish()
      .transform((tags) => tags ?? []),
    Layers: z
      .array(z.string())
      .nullish()
      .transform((layers) => layers ?? []),
  }),
);

interface SavedImage {
  readonly layers: readonly string[];
  readonly config: ImageConfig;
  readonly configBytes: Buffer;
  readonly platform: ImageConfig;
}

/**
 * An image of a `docker save` file. It has no manifest there: the base's digest is its config's (Docker's image id),
 * and a layer that is not compressed has its DiffId for a digest.
 */
export async function openDockerArchive(file: string, tag: string | undefined, request: ImageRequest): Promise<Base> {
  const archive = await openedArchive(file, request.text);
  const image = await chosenImage(archive, tag, request);
  const diffIds = image.config.rootfs.diff_ids;
  if (diffIds.length !== image.layers.length) {
    throw invalid(request.text, `has ${image.layers.length} layers, but its config lists ${diffIds.length}`);
  }
  const layers: BaseLayer[] = [];
  for (const [position, name] of image.layers.entries()) {
    const diffId = diffIds[position];
    if (diffId !== undefined) layers.push(await layerAt(located(archive, name, request.text), diffId));
  }
  return {
    text: request.text,
    platform: normalizePlatform(request.orOther === true ? image.platform : request.platform),
    digest: digestOf(image.configBytes),
    config: image.config,
    layers,
  };
}

async function chosenImage(archive: TarIndex, tag: string | undefined, request: ImageRequest): Promise<SavedImage> {
  const { text, platform } = request;
  const region = archive.locate('manifest.json');
  if (region === undefined) throw invalid(text, 'is not a docker-archive: it has no manifest.json');
  const saved = parsed(savedImages, await documentBytes(region, text), `manifest.json of base ${text}`);
  const named = saved.filter(({ RepoTags }) => tag === undefined || RepoTags.some((name) => isNamed(name, tag)));
  if (named.length === 0) throw notFound(text, `holds no image${tag === undefined ? '' : ` '${tag}'`}`, saved);
  const images = await Promise.all(named.map((image) => readImage(archive, image, text)));
  const fitting = images.filter((image) => choosePlatform([image], platform) !== undefined);
  const distinct = new Set(fitting.map(({ configBytes }) => digestOf(configBytes)));
  if (distinct.size > 1) throw notFound(text, `holds ${distinct.size} images that fit`, saved);
  const chosen = choosePlatform(fitting, platform) ?? (request.orOther === true ? images[0] : undefined);
  if (chosen !== undefined) return chosen;
  const there = images.map(({ config }) => formatPlatform(normalizePlatform(config)));
  throw new PycontainerError('base-platform', `Base ${text} has no image for ${formatPlatform(platform)}`, {
    hint: `It has ${[...new Set(there)].join(', ')}. Choose one of these under platforms, or another base.`,
  });
}

async function readImage(
  archive: TarIndex,
  saved: z.infer<typeof savedImages>[number],
  text: string,
): Promise<SavedImage> {
  const configBytes = await documentBytes(located(archive, saved.Config, text), text);
  const hex = /(?:^|\/)([0-9a-f]{64})(?:\.json)?$/.exec(saved.Config)?.[1];
  const digest = digestOf(configBytes);
  if (hex !== undefined && digest !== `sha256:${hex}`) {
    throw new PycontainerError('digest-mismatch', `${saved.Config} of base ${text} is ${digest}`, {
      hint: 'The archive is damaged; save the image again.',
    });
  }
  const config = parseConfig(configBytes, text);
  return { layers: saved.Layers, config, configBytes, platform: config };
}

/** Whether `python:3.12` is meant by `python:3.12`, by `3.12`, or by `docker.io/library/python:3.12`. */
function isNamed(name: string, wanted: string): boolean {
  const short = (text: string): string => text.replace(/^docker\.io\//, '').replace(/^library\//, '');
  return short(name) === short(wanted) || (!/[/:]/.test(wanted) && name.endsWith(`:${wanted}`));
}

async function layerAt(region: Region, diffId: DiffId): Promise<BaseLayer> {
  const start = await regionBytes({ ...region, sizeBytes: Math.min(region.sizeBytes, 8) });
  const compression = compressionOf(start);
  const descriptor: Descriptor =
    compression === 'none'
      ? { mediaType: mediaTypes.layer, digest: parseDigest(diffId), size: region.sizeBytes }
      : {
          mediaType: compression === 'gzip' ? mediaTypes.layerGzip : mediaTypes.layerZstd,
          digest: await digestOfRegion(region),
          size: region.sizeBytes,
        };
  return { descriptor, diffId, origin: { kind: 'file', path: region.path, offset: region.offset } };
}

async function digestOfRegion(region: Region): Promise<Descriptor['digest']> {
  const hash = createHash('sha256');
  for await (const chunk of regionChunks(region)) hash.update(chunk);
  return parseDigest(`sha256:${hash.digest('hex')}`);
}

async function documentBytes(region: Region, text: string): Promise<Buffer> {
  if (region.sizeBytes > documentLimitBytes) throw invalid(text, `has a document of ${region.sizeBytes} bytes`);
  return regionBytes(region);
}

function located(archive: TarIndex, name: string, text: string): Region {
  const region = archive.locate(name);
  if (region === undefined) throw invalid(text, `lacks ${name}`);
  return region;
}

function notFound(text: string, what: string, saved: z.infer<typeof savedImages>): PycontainerError {
  const names = saved.flatMap(({ RepoTags }) => RepoTags).sort();
  return new PycontainerError('base-not-found', `Base ${text} ${what}`, {
    hint: names.length === 0 ? 'Its images have no names; save one alone.' : `Name one of them: ${names.join(', ')}.`,
  });
}

function invalid(text: string, what: string): PycontainerError {
  return new PycontainerError('base-invalid', `Base ${text} ${what}`, {
    hint: 'Make the archive again with docker save or skopeo copy.',
  });
}
