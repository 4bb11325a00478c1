import { localPath } from '../../python/index/address.ts';
import type { IndexSetup } from '../../python/index/settings.ts';
import type { PlannedPackage } from '../inputs.ts';
import { settledMark } from './marks.ts';

interface KnownWheel {
  readonly item: PlannedPackage;
  /** Of its file, where that is on this machine. */
  readonly mark: string | undefined;
}

/** More than this are forgotten. */
const knownAtMost = 5000;

/**
 * Wheels that were found for packages of a lock. Folders and files on this machine must be as they were then; what an
 * index answered counts as long as the process lasts.
 */
export class KnownWheels {
  readonly #wheels = new Map<string, KnownWheel>();

  /** @param key all that decides which wheel is found, with {@link placesMark}; undefined where that cannot be known */
  async find(key: unknown, look: () => Promise<PlannedPackage>): Promise<PlannedPackage> {
    const name = key === undefined ? '' : JSON.stringify(key);
    const known = this.#wheels.get(name);
    if (known !== undefined && known.mark !== undefined && known.mark === markOf(known.item)) return known.item;
    const item = await look();
    if (this.#wheels.size >= knownAtMost) this.#wheels.clear();
    if (key !== undefined) this.#wheels.set(name, { item, mark: markOf(item) });
    return item;
  }
}

/** Stands for the places of packages on this machine as they are now; undefined for those that only just changed. */
export function placesMark({ findLinks, indexes }: IndexSetup): string | undefined {
  const marks = [...findLinks, ...indexes].map(({ url }) => {
    const path = localPath(url);
    return path === undefined ? url : settledMark(path);
  });
  return marks.includes(undefined) ? undefined : marks.join(' ');
}

function markOf({ wheel }: PlannedPackage): string | undefined {
  const path = localPath(wheel.url ?? '');
  return path === undefined ? 'elsewhere' : settledMark(path);
}
