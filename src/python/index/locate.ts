import { pathToFileURL } from 'node:url';
import { PycontainerError } from '../../errors.ts';
import { chooseWheel } from '../choose.ts';
import type { LockedFile, LockedPackage } from '../lock/package.ts';
import { filenameOf } from './address.ts';
import { builtWheel } from './built.ts';
import { hashMismatch } from './download.ts';
import type { IndexFile, WheelFile } from './file.ts';
import type { Finder } from './finder.ts';
import { algorithmsOf, compareHashes, parseHash, sha256Of } from './hashes.ts';
import { measure, type Unmeasured } from './measure.ts';
import { noFittingWheel, notLocked, notOffered, onlySource, wrongPython } from './refusal.ts';
import { meetsPython, ownIndex, search, type Found, type LocateContext, type Wish } from './search.ts';

/**
 * Chooses the wheel of a locked package that fits best, and learns its sha256.
 *
 * A lock that lists files with sha256 is answered without any network. Where it lists only hashes (requirements.txt,
 * Pipfile.lock) or nothing, find-links and then the indexes are asked in order, and what they answer is kept. With
 * hashes, the first place that has a fitting wheel with one of them decides, and a place that cannot be read is passed
 * over: what is taken is what was locked. Without hashes, the first index that has the package at all decides, as with
 * uv, so that nobody can put a package of the same name before a private one.
 *
 * A package of which the lock has no fitting wheel (or only source) is taken from a find-links folder that the manifest
 * itself names, if a wheel of that version is there: this is how a wheel that one has built is given.
 * @param tags best first
 * @throws PycontainerError 'wheel-not-fitting', 'wheel-sdist-only', 'wheel-hash-mismatch', 'package-not-found',
 *   'index-unreachable', 'offline', 'file-unreadable', 'interrupted'
 */
export async function locateWheel(
  pkg: LockedPackage,
  tags: readonly string[],
  context: LocateContext,
): Promise<WheelFile> {
  const listed = listedWheels(pkg);
  if (listed === undefined) return lookUp(pkg, tags, context);
  const chosen = chooseWheel(listed, tags);
  if (chosen !== undefined) return withSha256(pkg, tags, chosen, context);
  const built = await builtWheel(pkg, tags, context.finder);
  if (built !== undefined) return built;
  throw listed.length === 0 ? onlySource(pkg) : noFittingWheel(pkg, listed, tags);
}

/** The wheels that the lock names; undefined when it names no files at all. */
function listedWheels(pkg: LockedPackage): readonly LockedFile[] | undefined {
  const { source } = pkg;
  if (pkg.wheels.length > 0 || pkg.sdist !== undefined) return pkg.wheels;
  if (source.kind === 'index') return undefined;
  if (source.kind !== 'url' && source.kind !== 'path') return [];
  const url = source.kind === 'url' ? source.url : pathToFileURL(source.path).href;
  const filename = filenameOf(url) ?? '';
  return filename.endsWith('.whl') ? [{ filename, url, hashes: pkg.hashes }] : [];
}

async function withSha256(
  pkg: LockedPackage,
  tags: readonly string[],
  file: LockedFile,
  context: LocateContext,
): Promise<WheelFile> {
  const { credentials } = context.finder.setup;
  const place = file.url === undefined ? undefined : new URL(credentials.addFile(file.url));
  const hashes = file.hashes.length > 0 || place === undefined ? file.hashes : fragmentHashes(place);
  if (place !== undefined) place.hash = '';
  const [sha256, ...others] = new Set(hashes.flatMap((hash) => sha256Of([hash]) ?? []));
  const isKnown = sha256 !== undefined && others.length === 0;
  if (place === undefined && !isKnown) return lookUp({ ...pkg, hashes }, tags, context, file.filename);
  const known = {
    filename: file.filename,
    ...(place === undefined ? {} : { url: place.href }),
    ...(file.sizeBytes === undefined ? {} : { sizeBytes: file.sizeBytes }),
    ...ownIndex(pkg),
  };
  if (isKnown || place === undefined) return { ...known, sha256: sha256 ?? '' };
  if (hashes.length > 0 && algorithmsOf(hashes).size === 0) throw unknownHashes(pkg, file);
  // Several sha256 are those of several files (--hash of requirements.txt), of which this must be one.
  const [all, any] = sha256 === undefined ? [hashes, []] : [[], [sha256, ...others].map((hex) => `sha256:${hex}`)];
  return { ...known, ...(await measuredWheel({ ...file, url: place.href, hashes: all }, context.finder, any)) };
}

async function measuredWheel(
  file: Unmeasured,
  finder: Finder,
  wanted: readonly string[] = [],
): Promise<Pick<WheelFile, 'sha256' | 'sizeBytes'>> {
  const measured = await measure(file, finder, wanted);
  if (wanted.length > 0 && compareHashes(measured.hashes, wanted) !== 'match') {
    throw hashMismatch(
      file.filename,
      file.url,
      `Expected one of ${wanted.join(', ')}, but got ${measured.hashes.join(', ')}`,
    );
  }
  return { sha256: sha256Of(measured.hashes) ?? '', sizeBytes: measured.sizeBytes };
}

/**
 * Looks a package up by name and version. When nothing fits and some answers were from an earlier run, all are asked
 * anew before it is said.
 */
async function lookUp(
  pkg: LockedPackage,
  tags: readonly string[],
  context: LocateContext,
  only?: string,
): Promise<WheelFile> {
  const { finder } = context;
  const { offline } = finder.access;
  const wish: Wish = { ...context, pkg, tags, only };
  const first = await search(wish, finder.refresh);
  const again = first.file === undefined && first.kept && !offline;
  const found = again ? await search(wish, true) : first;
  const { file } = found;
  if (file === undefined) throw found.errors[0] ?? notFound(pkg, found, tags, context.pythonVersion);
  for (const { message, hint } of found.errors) {
    finder.emit({ type: 'warning', code: 'index-unreachable', message, hint, location: pkg.location });
  }
  warnIfYanked(pkg, file, finder);
  const { filename, url } = file;
  const hasHash = pkg.hashes.length === 0 || compareHashes(file.hashes, pkg.hashes) === 'match';
  const sha256 = hasHash ? sha256Of(file.hashes) : undefined;
  const size = file.sizeBytes === undefined ? {} : { sizeBytes: file.sizeBytes };
  const rest = sha256 === undefined ? await measuredWheel(file, finder, pkg.hashes) : { ...size, sha256 };
  return { filename, url, ...rest, ...ownIndex(pkg) };
}

function notFound(pkg: LockedPackage, found: Found, tags: readonly string[], pythonVersion: string): PycontainerError {
  const wheels = found.files.filter(({ filename }) => filename.endsWith('.whl'));
  const fitting = wheels.filter((file) => chooseWheel([file], tags) !== undefined);
  const refusing = fitting.find((file) => !meetsPython(file, pythonVersion));
  if (found.files.length === 0) return notOffered(pkg, found);
  if (wheels.length === 0) return onlySource(pkg);
  if (fitting.length === 0) return noFittingWheel(pkg, wheels, tags);
  if (refusing?.requiresPython !== undefined) return wrongPython(pkg, refusing.requiresPython, pythonVersion);
  return notLocked(pkg, found);
}

function warnIfYanked({ name, version, location }: LockedPackage, { yanked }: IndexFile, { emit }: Finder): void {
  if (yanked === undefined) return;
  const reason = yanked.trim() === '' ? '' : `: ${yanked.trim()}`;
  emit({ type: 'warning', code: 'wheel-yanked', message: `${name} ${version ?? ''} was yanked${reason}`, location });
}

function fragmentHashes({ hash }: URL): string[] {
  return hash
    .slice(1)
    .split('&')
    .flatMap((part) => parseHash(part) ?? []);
}

function unknownHashes(pkg: LockedPackage, file: LockedFile): PycontainerError {
  return new PycontainerError('lock-unsupported', `The hashes of ${file.filename} are of no known algorithm`, {
    hint: 'Lock again with sha256 hashes.',
    location: file.location ?? pkg.location,
  });
}
