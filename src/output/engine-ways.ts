import pLimit from 'p-limit';
import { PycontainerError } from '../errors.ts';
import type { DeliveryWay } from '../events.ts';
import { asInterrupted } from './failure.ts';
import type { Engine } from '../engine/engine.ts';
import { serveImage } from '../engine/image-server.ts';
import { findImage, listImages, loadImages, pullImage, removeImage, tagImage } from '../engine/images.ts';
import type { EngineTraits } from '../engine/traits.ts';
import { formatReference } from '../oci/reference.ts';
import type { Digest } from '../oci/digest.ts';
import { dockerMembers, type EngineParts, idsOf, ociMembers, streamMembers } from './engine-archive.ts';
import { removeAbandonedNames } from './engine-leftovers.ts';
import type { DeliverOptions } from './output.ts';

/** Sends an image; answers with the blobs that went. */
export type Send = (engine: Engine, parts: EngineParts, options: DeliverOptions) => Promise<ReadonlySet<Digest>>;

/** How long an engine that shares our loopback interface may take to knock at a door on it. */
const knockWithinMs = 3_000;

const asksAtOnce = 8;

/** Engines whose loopback interface proved to be another one. */
const unreached = new WeakSet<Engine>();

/** The ways to an engine of this kind, the one that moves least first. */
export function waysTo(engine: Engine, { store, sharesLoopback }: EngineTraits): readonly [DeliveryWay, Send][] {
  const whole: [DeliveryWay, Send] = ['whole', store === 'blobs' ? sendLayout : sendArchive];
  if (store === 'chains') return [['missing-layers', sendMissingLayers], whole];
  return sharesLoopback && !unreached.has(engine) ? [['pull', havePulled], whole] : [whole];
}

const sendMissingLayers: Send = async (engine, parts, options) => {
  const known = await knownLayers(engine, parts, options.signal);
  await loadImages(engine, streamMembers(await dockerMembers(parts, known), options), options.signal);
  return sentOf(parts, known);
};

const sendArchive: Send = async (engine, parts, options) => {
  await loadImages(engine, streamMembers(await dockerMembers(parts, 0), options), options.signal);
  return sentOf(parts, 0);
};

const sendLayout: Send = async (engine, parts, options) => {
  await loadImages(engine, streamMembers(ociMembers(parts), options), options.signal);
  return new Set(parts.blobs.keys());
};

function sentOf({ image }: EngineParts, known: number): ReadonlySet<Digest> {
  return new Set([
    ...image.layers.slice(known).map(({ descriptor }) => descriptor.digest),
    image.config.descriptor.digest,
  ]);
}

/**
 * How many of the lowest layers the engine has as the lowest layers of some image. Images that had our names come
 * first: when one of them lacks only the uppermost layer, the others are not asked for.
 */
async function knownLayers(
  engine: Engine,
  { image, names }: EngineParts,
  signal: AbortSignal | undefined,
): Promise<number> {
  const wanted = image.layers.map(({ diffId }) => String(diffId));
  const holders = await Promise.all(names.map((name) => findImage(engine, formatReference(name), signal)));
  const most = Math.max(0, ...holders.map((holder) => sharedLayers(holder?.layers ?? [], wanted)));
  if (most >= wanted.length - 1) return most;
  const limit = pLimit(asksAtOnce);
  const all = await listImages(engine, signal);
  const others = await Promise.all(all.map(({ id }) => limit(() => findImage(engine, id, signal))));
  return Math.max(most, ...others.map((other) => sharedLayers(other?.layers ?? [], wanted)));
}

function sharedLayers(some: readonly string[], wanted: readonly string[]): number {
  const differs = wanted.findIndex((diffId, index) => some[index] !== diffId);
  return differs === -1 ? wanted.length : differs;
}

/**
 * The engine fetches what it lacks from a registry of ours, and the image is then given its names. Whoever else listens
 * on that port where the engine looks could give it anything: only what has the image's id is named.
 */
const havePulled: Send = async (engine, { image, names, blobs }, { signal, onProgress }) => {
  await removeAbandonedNames(engine, signal);
  let doneBytes = 0;
  const totalBytes = [...blobs.values()].reduce((sum, { descriptor }) => sum + descriptor.size, 0);
  await using server = await serveImage({
    manifest: { mediaType: image.manifest.descriptor.mediaType, bytes: image.manifest.bytes },
    blobs: new Map([...blobs].map(([digest, { descriptor, open }]) => [digest, { sizeBytes: descriptor.size, open }])),
    onBytes: (bytes) => onProgress?.(Math.min((doneBytes += bytes), totalBytes), totalBytes),
  });
  const giveUp = new AbortController();
  const knock = setTimeout(() => giveUp.abort(), knockWithinMs);
  let isReached = false;
  void server.reached.then(() => {
    isReached = true;
    clearTimeout(knock);
  });
  const name = formatReference(server.name);
  try {
    const either = AbortSignal.any([giveUp.signal, ...(signal === undefined ? [] : [signal])]);
    await Promise.race([pullImage(engine, server.name, image.platform, either), server.failed]);
    const pulled = await findImage(engine, name, signal);
    if (pulled === undefined || !idsOf(image).has(pulled.id)) {
      throw new PycontainerError('engine-answer', `${engine.name} fetched another image than it was offered`);
    }
    for (const wanted of names) await tagImage(engine, pulled.id, wanted);
  } catch (error) {
    if (isReached || signal?.aborted === true) throw asInterrupted(error, engine.name);
    unreached.add(engine);
    throw new PycontainerError('engine-unreachable', `${engine.name} does not see this machine's loopback interface`, {
      cause: error,
    });
  } finally {
    clearTimeout(knock);
    giveUp.abort();
    await removeImage(engine, name).catch(() => false);
  }
  onProgress?.(totalBytes, totalBytes);
  return server.sent;
};
