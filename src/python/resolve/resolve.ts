import { PycontainerError } from '../../errors.ts';
import { evaluateMarker } from '../marker.ts';
import type { PylockEntry } from '../lock/pylock-write.ts';
import { filenameOf } from '../lock/filename-of.ts';
import type { LockedFile, LockedSource } from '../lock/package.ts';
import type { Finder } from '../index/finder.ts';
import { sha256Of } from '../index/hashes.ts';
import { measure } from '../index/measure.ts';
import { wheelSize } from '../index/size.ts';
import { entryOf } from './entry.ts';
import { heedHashes } from './heed-hashes.ts';
import { environmentMarkers, type ImageShare, mergeShares } from './merge.ts';
import { askPip } from './pip.ts';
import type { NeededPackage } from './pip-closure.ts';
import { pythonsOf, type Resolution, type ResolveImage, type ResolveRequest } from './request.ts';
import { askUv } from './uv.ts';
import type { WantedFolder } from './wanted.ts';

/**
 * Resolves what is wanted for all images, with the user's uv, else with their pip. Nothing is installed; neither is
 * asked where nothing but folders is wanted.
 * @throws PycontainerError 'lock-not-found' where there is neither; 'lock-failed', 'interrupted', those of the index
 */
export async function resolve(request: ResolveRequest): Promise<Resolution> {
  const { wanted } = request;
  const resolution = wanted.requirements.length === 0 ? nothing : ((await askUv(request)) ?? (await askPips(request)));
  if (resolution === undefined) throw noTool(wanted.shown);
  const folders = wanted.folders.filter((folder) => request.images.some((image) => applies(folder, image)));
  return { ...resolution, packages: [...heedHashes(resolution.packages, wanted), ...folders.map(folderEntry)] };
}

const nothing: Resolution = { environments: [], packages: [] };

function applies({ marker }: WantedFolder, { environment }: ResolveImage): boolean {
  return marker === undefined || evaluateMarker(marker, environment);
}

function folderEntry({ name, version, path, editable, marker }: WantedFolder): PylockEntry {
  return {
    name,
    ...(version === undefined ? {} : { version }),
    ...(marker === undefined ? {} : { marker }),
    source: { kind: 'directory', path, editable, virtual: false },
    wheels: [],
    dependencies: [],
  };
}

/** One image after the other: pip's cache serves the later ones. */
async function askPips(request: ResolveRequest): Promise<Resolution | undefined> {
  const shares: ImageShare[] = [];
  for (const image of request.images) {
    const needed = await askPip(request, image);
    if (needed === undefined) return undefined;
    shares.push({ image, packages: await Promise.all(needed.map((item) => entryOfNeeded(item, request))) });
  }
  return {
    tool: 'pip',
    environments: environmentMarkers(request.images.map(({ environment }) => environment)),
    requiresPython: pythonRange(request.images),
    packages: mergeShares(shares),
  };
}

/** Other Pythons may need other packages. */
function pythonRange(images: readonly ResolveImage[]): string {
  const [oldest = '', ...newer] = pythonsOf(images);
  return newer.length === 0 ? `==${oldest}.*` : `>=${oldest}`;
}

/** pip says where a file is and a hash of it. Plans want to know its sha256 and how large it is. */
async function entryOfNeeded(item: NeededPackage, { finder }: ResolveRequest): Promise<PylockEntry> {
  const { name, version, url, hashes, direct, dependencies } = item;
  const filename = filenameOf(url);
  const source: LockedSource = direct ? { kind: 'url', url } : { kind: 'index' };
  const wheels = filename.endsWith('.whl') ? [{ filename, url, hashes }] : [];
  const entry = await entryOf({ name, version, source, wheels, dependencies }, finder);
  return { ...entry, wheels: await Promise.all(entry.wheels.map((file) => measuredFile(file, finder))) };
}

async function measuredFile(file: LockedFile, finder: Finder): Promise<LockedFile> {
  const { filename, url = '', hashes, sizeBytes } = file;
  const sha256 = sha256Of(hashes);
  if (sha256 === undefined) return { ...file, ...(await measure({ filename, url, hashes, sizeBytes }, finder)) };
  return { ...file, sizeBytes: sizeBytes ?? (await wheelSize({ filename, url, sha256 }, finder)) };
}

function noTool(shown: string): PycontainerError {
  return new PycontainerError(
    'lock-not-found',
    `${shown} has to be resolved, and neither uv nor a Python with pip is here`,
    {
      hint: 'Install uv (https://docs.astral.sh/uv) or pip and run `pycontainer lock` again. Or lock it elsewhere: `uv lock`, `pip-compile`.',
    },
  );
}
