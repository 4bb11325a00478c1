import { formatSize } from '../config/size.ts';
import { PycontainerError } from '../errors.ts';
import { parseDigest } from '../oci/digest.ts';
import type { PlannedPackage } from '../plan/inputs.ts';
import type { LayerNode } from '../plan/plan.ts';
import { localPath } from '../python/index/address.ts';
import { freeBytes } from '../store/free.ts';
import type { Store } from '../store/store.ts';

/**
 * Throws 'disk-full' before anything is fetched when the store's disk has no room for the wheels that are to come over
 * the network and for the layers that are to be made of packages. Layers have about the size of their wheels.
 */
export async function checkRoom(nodes: readonly LayerNode[], store: Store): Promise<void> {
  const making = nodes.filter(({ layer, kind }) => layer === undefined && kind === 'package');
  const wheelBytes = await missingBytes(making, store);
  if (wheelBytes === 0) return;
  const layerBytes = making.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const free = await freeBytes(store.directory);
  if (wheelBytes + layerBytes <= free) return;
  throw new PycontainerError(
    'disk-full',
    `Wheels of ${formatSize(wheelBytes)} are to be fetched and layers of about ${formatSize(layerBytes)} to be made in ${store.directory}, but only ${formatSize(free)} are free there`,
    {
      hint: 'Free some space, run `pycontainer cache prune`, or set PYCONTAINER_STORE to a folder on another disk.',
    },
  );
}

/** Of the wheels that are known to be elsewhere and nowhere here. */
async function missingBytes(making: readonly LayerNode[], store: Store): Promise<number> {
  const packages = making.flatMap(({ recipe }) => (recipe.kind === 'package' ? recipe.packages : []));
  let bytes = 0;
  for (const { wheel } of new Map(packages.filter(isRemote).map((item) => [item.wheel.sha256, item])).values()) {
    const isHere = await store.hasBlob(parseDigest(`sha256:${wheel.sha256}`), wheel.sizeBytes);
    if (!isHere) bytes += wheel.sizeBytes;
  }
  return bytes;
}

function isRemote({ wheel, copied }: PlannedPackage): boolean {
  return copied === undefined && wheel.url !== undefined && localPath(wheel.url) === undefined;
}
