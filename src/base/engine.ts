import * as z from 'zod';
import { PycontainerError } from '../errors.ts';
import { type Engine, isEngine } from '../engine/engine.ts';
import { type EngineImage, findImage, imageName, saveImage } from '../engine/images.ts';
import { type DiffId, type Digest, digestOf } from '../oci/digest.ts';
import { type ImageConfig, mediaTypes } from '../oci/manifest.ts';
import { choosePlatform, formatPlatform, normalizePlatform, type Platform } from '../oci/platform.ts';
import type { Base, BaseLayer } from './base.ts';
import { parseConfig, parsed } from './documents.ts';
import { documentOf, type SavedFile, SavedFiles } from './engine-archive.ts';
import type { ImageRequest } from './image.ts';
import type { BaseSources } from './sources.ts';
import { compressionOf } from './tar-index.ts';

/** Changes with the shape of what is kept. */
const format = '1';
/** How often progress is said, besides its end. */
const steps = 20;

/** What of an image is kept: as an engine gave it. */
interface Kept {
  readonly digest: Digest;
  readonly config: ImageConfig;
  readonly layers: readonly BaseLayer[];
}

const savedImages = z.array(z.object({ Config: z.string(), Layers: z.array(z.string()) }));

/**
 * An image of the container engine that this machine has. It is read once for each id, into the store; its layers are
 * as the engine gives them, mostly uncompressed. The base's digest is its config's: the image id, but where an engine
 * keeps manifests. Throws 'engine-absent', 'engine-address', 'base-not-found', 'base-platform', 'base-invalid', and the
 * engine's errors.
 */
export async function openEngineBase(name: string, request: ImageRequest, sources: BaseSources): Promise<Base> {
  const { text } = request;
  const engine = await presentEngine(text, sources);
  const image = await findImage(engine, imageName(name));
  if (image === undefined) throw notFound(name, request, engine);
  const platform = normalizePlatform(request.orOther === true ? image.platform : request.platform);
  if (choosePlatform([image], platform) === undefined) throw otherPlatform(text, platform, [image.platform]);
  const key = JSON.stringify([format, image.id, formatPlatform(platform)]);
  const known = await sources.store.getResult<Kept>('base-engine', key);
  const kept = known ?? (await readImage(engine, image, { text, platform }, sources));
  const blobs = kept.layers.map(({ descriptor }) => descriptor.digest);
  if (known === undefined) await sources.store.putResult('base-engine', key, kept, blobs);
  return { text, platform, ...kept };
}

async function presentEngine(text: string, { engine }: BaseSources): Promise<Engine> {
  const found = await engine?.();
  if (found !== undefined && isEngine(found)) return found;
  const { code = 'engine-absent', why = 'none is used here', hint } = found ?? {};
  throw new PycontainerError(code, `Base ${text} is in a container engine: ${why}`, { hint });
}

async function readImage(
  engine: Engine,
  image: EngineImage,
  { text, platform }: ImageRequest,
  sources: BaseSources,
): Promise<Kept> {
  const { store } = sources;
  const files = await SavedFiles.read(await saveImage(engine, image.id), store, teller(engine, image, text, sources));
  const saved = parsed(savedImages, document(files, 'manifest.json', text), `manifest.json of base ${text}`);
  const images = saved.map(({ Config, Layers }) => {
    const bytes = document(files, Config, text);
    const config = parseConfig(bytes, text);
    return { digest: digestOf(bytes), config, layers: Layers, platform: config };
  });
  const chosen = choosePlatform(images, platform);
  if (chosen === undefined)
    throw otherPlatform(
      text,
      platform,
      images.map((one) => one.platform),
    );
  const { digest, config } = chosen;
  const diffIds = config.rootfs.diff_ids;
  if (diffIds.length !== chosen.layers.length) {
    throw invalid(text, `has ${chosen.layers.length} layers, but its config lists ${diffIds.length}`);
  }
  const layers: BaseLayer[] = [];
  for (const [position, diffId] of diffIds.entries()) {
    const file = located(files, chosen.layers[position] ?? '', text);
    if (file.bytes !== undefined) await store.putBlob(file.bytes);
    layers.push(layerOf(file, diffId, text));
  }
  return { digest, config, layers };
}

function layerOf({ digest, sizeBytes, start }: SavedFile, diffId: DiffId, text: string): BaseLayer {
  const compression = compressionOf(start);
  if (compression === 'none' && digest !== String(diffId)) {
    throw new PycontainerError('digest-mismatch', `A layer of base ${text} is ${digest}, and should be ${diffId}`, {
      hint: 'The engine gave other bytes than it was given. Pull or build the image there again.',
    });
  }
  const mediaType = { gzip: mediaTypes.layerGzip, zstd: mediaTypes.layerZstd, none: mediaTypes.layer }[compression];
  return { descriptor: { mediaType, digest, size: sizeBytes }, diffId, origin: { kind: 'store' } };
}

/** Says how far the reading of an image is. */
function teller(engine: Engine, image: EngineImage, text: string, { emit }: BaseSources): (bytes: number) => void {
  const progress = { type: 'download', what: `${text} of ${engine.name}`, totalBytes: image.sizeBytes } as const;
  let doneBytes = 0;
  let saidBytes = 0;
  return (bytes) => {
    doneBytes = Math.min(doneBytes + bytes, image.sizeBytes);
    if (doneBytes - saidBytes < Math.max(1, image.sizeBytes / steps)) return;
    saidBytes = doneBytes;
    emit({ ...progress, doneBytes });
  };
}

function document(files: SavedFiles, name: string, text: string): Buffer {
  return documentOf(located(files, name, text), name, text);
}

function located(files: SavedFiles, name: string, text: string): SavedFile {
  const file = files.find(name);
  if (file === undefined) throw invalid(text, `lacks ${name}`);
  return file;
}

function otherPlatform(text: string, wanted: Platform, there: readonly Platform[]): PycontainerError {
  const has = [...new Set(there.map((platform) => formatPlatform(normalizePlatform(platform))))].join(', ');
  return new PycontainerError('base-platform', `Base ${text} has no image for ${formatPlatform(wanted)}`, {
    hint: `The engine has it for ${has}. Pull it there for ${formatPlatform(wanted)}, or name the image's registry.`,
  });
}

function notFound(name: string, { text }: ImageRequest, engine: Engine): PycontainerError {
  return new PycontainerError('base-not-found', `Base ${text}: ${engine.name} has no image ${name}`, {
    hint: 'Build or pull it there first, or leave out `engine:` to take it from its registry.',
  });
}

function invalid(text: string, what: string): PycontainerError {
  return new PycontainerError('base-invalid', `Base ${text} ${what}`, {
    hint: 'What the engine gives of it is not complete. Pull or build it there again.',
  });
}
