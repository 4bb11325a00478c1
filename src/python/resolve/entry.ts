import { PycontainerError } from '../../errors.ts';
import { splitLogin } from '../index/address.ts';
import type { Finder } from '../index/finder.ts';
import { measure } from '../index/measure.ts';
import type { LockedFile, LockedSource } from '../lock/package.ts';
import type { PylockEntry } from '../lock/pylock-write.ts';
import type { PylockPackage } from '../lock/pylock-read.ts';

/**
 * A package that was read, as it is written again: without source distributions, which are never installed, and without
 * logins.
 * @throws PycontainerError 'lock-failed' for a package of an index that has no wheel
 */
export async function entryOf(
  item: Pick<PylockPackage, 'name' | 'version' | 'marker' | 'requiresPython' | 'source' | 'wheels' | 'dependencies'>,
  finder: Finder,
): Promise<PylockEntry> {
  const { name, version, marker, requiresPython, source, wheels, dependencies } = item;
  const isFiles = source.kind === 'index' || source.kind === 'url' || source.kind === 'path';
  if (isFiles && wheels.length === 0) {
    throw new PycontainerError(
      'lock-failed',
      `${name} ${version ?? ''} comes only as source, and only wheels are installed`,
      {
        hint: 'Make a wheel of it (pip wheel --no-deps) and put it into a folder of find-links.',
      },
    );
  }
  return {
    name,
    ...(version === undefined ? {} : { version }),
    ...(marker === undefined ? {} : { marker }),
    ...(requiresPython === undefined ? {} : { requiresPython }),
    source: withoutLogin(source),
    wheels: await Promise.all(wheels.map((file) => wholeFile(file, finder))),
    dependencies,
  };
}

function withoutLogin(source: LockedSource): LockedSource {
  if (!('url' in source) || source.url === undefined || !URL.canParse(source.url)) return source;
  return { ...source, url: splitLogin(source.url).url };
}

/** With a hash and a size; a file that nobody gave a hash for is read. */
async function wholeFile(file: LockedFile, finder: Finder): Promise<LockedFile> {
  const { filename, hashes, sizeBytes } = file;
  if (file.url === undefined || !URL.canParse(file.url))
    throw new PycontainerError('lock-failed', `${filename} has no address that can be read`);
  const url = finder.setup.credentials.addFile(file.url);
  if (hashes.length > 0) return { filename, url, hashes, ...(sizeBytes === undefined ? {} : { sizeBytes }) };
  return { filename, url, ...(await measure({ filename, url, hashes: [], sizeBytes }, finder)) };
}
