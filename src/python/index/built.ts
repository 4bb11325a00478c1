import { chooseWheel } from '../choose.ts';
import type { LockedPackage } from '../lock/package.ts';
import { localPath } from './address.ts';
import type { WheelFile } from './file.ts';
import type { Finder } from './finder.ts';
import { sha256Of } from './hashes.ts';
import { measure } from './measure.ts';

/**
 * A wheel of a package's version that lies in a find-links place that the manifest itself names. The lock knows nothing
 * of such a wheel, so this is only for packages that lock no wheel that fits, and not for those whose lock allows
 * certain hashes alone.
 * @throws PycontainerError 'index-unreachable', 'offline', 'file-unreadable', 'interrupted'
 */
export async function builtWheel(
  pkg: LockedPackage,
  tags: readonly string[],
  finder: Finder,
): Promise<WheelFile | undefined> {
  if (pkg.version === undefined || pkg.hashes.length > 0) return undefined;
  for (const place of finder.links()) {
    if (place.kind !== 'links' || !place.declared) continue;
    const { files } = await finder.find(place, pkg.name, pkg.version, finder.refresh);
    const file = chooseWheel(files, tags);
    if (file === undefined) continue;
    const { hashes, sizeBytes } = await measure(file, finder);
    finder.emit({ type: 'resolved', what: `${pkg.name} ${pkg.version}`, to: localPath(file.url) ?? file.url });
    return { filename: file.filename, url: file.url, sha256: sha256Of(hashes) ?? '', sizeBytes };
  }
  return undefined;
}
