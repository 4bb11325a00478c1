import { PycontainerError } from '../errors.ts';
import type { Engine } from '../engine/engine.ts';
import { type EngineImage, findImage, tagImage } from '../engine/images.ts';
import { traitsOf } from '../engine/traits.ts';
import { choosePlatform, formatPlatform } from '../oci/platform.ts';
import { familiarReference, formatReference, type Reference } from '../oci/reference.ts';
import type { BaseSources } from '../base/sources.ts';
import type { Image, TargetImage } from '../image/image.ts';
import { blobsOf } from './contents.ts';
import { type EngineParts, idsOf } from './engine-archive.ts';
import { replaceDelivered } from './engine-leftovers.ts';
import { waysTo } from './engine-ways.ts';
import { asInterrupted } from './failure.ts';
import type { DeliverOptions, Delivery, Output } from './output.ts';

/**
 * Docker or Podman. Of several platforms it gets its own; the only one it gets whatever it is, since engines emulate.
 * Layers that it has are not sent where it takes images without them. @param tags at least one
 */
export function engineOutput(engine: Engine, tags: readonly Reference[], sources: BaseSources): Output {
  const names = tags.map(({ host, repository, tag = 'latest' }) => ({ host, repository, tag }));
  const partsOf = (target: TargetImage): EngineParts => {
    const image = imageFor(engine, target);
    const narrow = { ...target, images: [image], root: image.manifest };
    return { image, names, blobs: new Map(blobsOf(narrow, sources).map((blob) => [blob.descriptor.digest, blob])) };
  };
  return {
    name: `${engine.name} as ${names.map(familiarReference).join(', ')}`,
    place: engine.name,
    isRemote: true,
    lacks: async (target) => {
      const missing = await missingNames(engine, partsOf(target));
      return missing.length === 0 ? undefined : missing.map(familiarReference).join(', ');
    },
    deliver: async (target, options = {}) => {
      try {
        return await deliver(engine, partsOf(target), options, sources);
      } catch (error) {
        throw asInterrupted(error, engine.name);
      }
    },
  };
}

async function deliver(
  engine: Engine,
  parts: EngineParts,
  options: DeliverOptions,
  { store }: BaseSources,
): Promise<Delivery> {
  options.signal?.throwIfAborted();
  const missing = await missingNames(engine, parts, options.signal);
  if (missing.length === 0) return nothingSent(parts);
  const there = await imageIn(engine, parts, options.signal);
  if (there !== undefined) for (const name of missing) await tagImage(engine, there.id, name);
  const delivery = there === undefined ? await send(engine, parts, options) : nothingSent(parts);
  const delivered = there ?? (await imageIn(engine, parts));
  if (delivered === undefined) {
    throw new PycontainerError('engine-answer', `${engine.name} took the image and does not have it`, {
      hint: 'See whether something removes images there, such as a full disk or a clean-up job.',
    });
  }
  await replaceDelivered(engine, parts.names.map(formatReference), delivered.id, store);
  return delivery;
}

/** By the first way that the engine does not refuse. */
async function send(engine: Engine, parts: EngineParts, options: DeliverOptions): Promise<Delivery> {
  const ways = waysTo(engine, await traitsOf(engine));
  for (const [index, [way, go]] of ways.entries()) {
    try {
      const sent = await go(engine, parts, options);
      const sentBytes = [...sent].reduce((sum, digest) => sum + (parts.blobs.get(digest)?.descriptor.size ?? 0), 0);
      return { sentBytes, sentBlobs: sent.size, skippedBlobs: parts.blobs.size - sent.size, way };
    } catch (error) {
      if (index === ways.length - 1 || !isRefusal(error)) throw error;
    }
  }
  throw new PycontainerError('internal', `There is no way to ${engine.name}`);
}

function isRefusal(error: unknown): boolean {
  return error instanceof PycontainerError && error.code.startsWith('engine-');
}

function nothingSent({ blobs }: EngineParts): Delivery {
  return { sentBytes: 0, sentBlobs: 0, skippedBlobs: blobs.size };
}

/** Names under which the engine has another image, or none. */
async function missingNames(
  engine: Engine,
  { image, names }: EngineParts,
  signal?: AbortSignal,
): Promise<readonly Reference[]> {
  const found = await Promise.all(names.map((name) => findImage(engine, formatReference(name), signal)));
  return names.filter((_, index) => !idsOf(image).has(found[index]?.id ?? ''));
}

async function imageIn(
  engine: Engine,
  { image }: Pick<EngineParts, 'image'>,
  signal?: AbortSignal,
): Promise<EngineImage | undefined> {
  for (const id of idsOf(image)) {
    const found = await findImage(engine, id, signal);
    if (found !== undefined) return found;
  }
  return undefined;
}

function imageFor({ name, platform }: Engine, { target, images }: TargetImage): Image {
  const [only] = images;
  const chosen = choosePlatform(images, platform) ?? (images.length === 1 ? only : undefined);
  if (chosen !== undefined) return chosen;
  const built = images.map((image) => formatPlatform(image.platform)).join(', ');
  throw new PycontainerError(
    'output-unusable',
    `${name} runs ${formatPlatform(platform)}, and ${target} is built for ${built}`,
    { hint: `Add ${formatPlatform(platform)} to platforms, or choose one platform with --platform.` },
  );
}
