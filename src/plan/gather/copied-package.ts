import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { FileEntry } from '../../layer/entry.ts';
import type { AppFile } from '../../app/app-file.ts';
import { withFolders } from '../../python/install/folders.ts';
import { type InstallTarget, joined, prefixPath, sitePackages } from '../../python/install/target.ts';
import type { VenvDistribution, VenvFile } from '../../python/venv/distribution.ts';
import { movedScript } from '../../python/venv/script.ts';
import type { PlannedPackage } from '../inputs.ts';

/** Scripts of the usual kinds are shorter; larger ones are programs. */
const scriptLimitBytes = 1 << 20;

export interface CopyPlace {
  /** The venv's, absolute. */
  readonly folder: string;
  readonly install: InstallTarget;
}

/** For hashing: the path is relative to the venv. */
export function asAppFile({ path, source, stat }: VenvFile): AppFile {
  const { mtimeNs, ctimeNs, ino: inode, size } = stat;
  const executable = (Number(stat.mode) & 0o111) !== 0;
  return { path, source, type: 'file', sizeBytes: Number(size), executable, identity: { mtimeNs, ctimeNs, inode } };
}

/**
 * A distribution of a venv as a package of the image.
 * @param hashes sha256 (hex) of the venv's files, by path
 */
export function copiedPackage(
  { name, metadata, distInfo, tags, requested, files }: VenvDistribution,
  shown: string,
  hashes: ReadonlyMap<string, string>,
  { folder, install }: CopyPlace,
): PlannedPackage {
  const entries = files.map((file) => copiedEntry(file, folder, install, hashes.get(file.path) ?? ''));
  const { version, requiresDist } = metadata;
  const facts = entries.map(({ entry: { path, sizeBytes }, sha256 }) => ({ path, sizeBytes, sha256 }));
  const all = entries.map(({ entry: { path, mode }, sha256 }) => [path, mode, sha256]);
  const filename = `${distInfo.slice(0, -'.dist-info'.length)}-${tags[0] ?? 'py3-none-any'}.whl`;
  return {
    name,
    version,
    wheel: {
      filename,
      sha256: createHash('sha256').update(JSON.stringify(all)).digest('hex'),
      sizeBytes: facts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    },
    requested,
    requires: [],
    copied: {
      entries: withFolders(entries.map(({ entry }) => entry)),
      facts: { name, version, requiresDist, distInfo, files: facts, warnings: [] },
    },
    location: {
      file: `${shown}/${files.find(({ path }) => path.endsWith('/METADATA'))?.path ?? distInfo}`,
      line: 1,
      column: 1,
    },
  };
}

interface CopiedEntry {
  readonly entry: FileEntry;
  readonly sha256: string;
}

function copiedEntry(file: VenvFile, folder: string, install: InstallTarget, sha256: string): CopiedEntry {
  const { source, sizeBytes, executable } = asAppFile(file);
  const common = {
    type: 'file',
    path: placeOf(file.path, install),
    uid: 0,
    gid: 0,
    mode: executable ? 0o755 : 0o644,
  } as const;
  const isScript = file.path.startsWith('bin/') && sizeBytes < scriptLimitBytes;
  const bytes = isScript ? movedScript(readFileSync(source), folder, install) : undefined;
  if (bytes === undefined)
    return { entry: { ...common, sizeBytes, content: { kind: 'path', path: source, sha256 } }, sha256 };
  const entry: FileEntry = { ...common, sizeBytes: bytes.length, content: { kind: 'bytes', bytes } };
  return { entry, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** In a venv of the image everything stands where it stood; in a flat layout modules stand in the prefix itself. */
function placeOf(path: string, install: InstallTarget): string {
  const [, inSite] = /^lib\/[^/]+\/site-packages\/(.*)$/s.exec(path) ?? [];
  return inSite === undefined ? joined(prefixPath(install), path) : joined(sitePackages(install), inSite);
}
