import { PycontainerError } from '../errors.ts';
import type { Engine } from '../engine/engine.ts';
import { isAbandonedName } from '../engine/image-server.ts';
import { findImage, listImages, removeImage } from '../engine/images.ts';
import type { Store } from '../store/store.ts';

/** How many images that are in use are remembered, to be removed once they are not. */
const remembered = 20;

/**
 * Notes what was delivered under these names, and removes what was delivered under them before, where no name and no
 * container is left that needs it. Images of others are never touched. Nothing that fails here is worth an error.
 */
export async function replaceDelivered(
  engine: Engine,
  names: readonly string[],
  id: string,
  store: Store,
): Promise<void> {
  const key = JSON.stringify([engine.address, names]);
  const before = (await store.getResult<readonly string[]>('engine', key)) ?? [];
  const old = before.filter((other) => other !== id);
  const kept: string[] = [];
  for (const other of old) if (await isInUse(engine, other)) kept.push(other);
  const after = [...kept.slice(-remembered), id];
  if (JSON.stringify(before) !== JSON.stringify(after)) await store.putResult('engine', key, after);
}

/** Takes off the names that killed processes left on images which they had an engine fetch. */
export async function removeAbandonedNames(engine: Engine, signal?: AbortSignal): Promise<void> {
  const images = await listImages(engine, signal);
  for (const name of images.flatMap(({ names }) => names.filter(isAbandonedName))) await removeImage(engine, name);
}

/** Removes it unless somebody needs it. An image that got another name is the user's from then on. */
async function isInUse(engine: Engine, id: string): Promise<boolean> {
  try {
    const image = await findImage(engine, id);
    if (image === undefined || image.names.length > 0) return false;
    return !(await removeImage(engine, id));
  } catch (error) {
    if (error instanceof PycontainerError) return true;
    throw error;
  }
}
