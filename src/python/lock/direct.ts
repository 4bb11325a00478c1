import { PycontainerError, type SourceLocation } from '../../errors.ts';
import { parseSdistFilename, parseWheelFilename } from '../filename.ts';
import { formatVersion } from '../version.ts';
import { filenameOf } from './filename-of.ts';
import { kindOfPath, localPath } from './local.ts';
import type { LockedFile, LockedPackage, LockedSource } from './package.ts';

/** A package that is named by its place. */
export interface DirectReference {
  /** Normalized. */
  readonly name: string;
  /** URL, with pip's fragment (`#sha256=…`, `#subdirectory=…`); `git+…@commit` for repositories. */
  readonly link: string;
  readonly editable: boolean;
  /** Beside those in the link. */
  readonly hashes: readonly string[];
  readonly location: SourceLocation;
}

/** The name in a file name, for links that do not say it otherwise. */
export function nameDirect(link: string): string | undefined {
  const filename = filenameOf(link);
  try {
    return filename.endsWith('.whl') ? parseWheelFilename(filename).name : parseSdistFilename(filename).name;
  } catch {
    return undefined;
  }
}

/** Errors: 'lock-unpinned' for a repository without a full commit, 'lock-unsupported' for other version control. */
export function directPackage(reference: DirectReference): LockedPackage {
  const { name, link, location } = reference;
  const source = directSource(reference);
  const filename = filenameOf(link);
  const isWheel = filename.endsWith('.whl');
  const hashes = [...new Set([...reference.hashes, ...fragmentHashes(link)])];
  const file: LockedFile = { filename, url: link.split('#')[0] ?? link, hashes, location };
  const isFile = source.kind === 'url' || source.kind === 'path';
  return {
    name,
    ...(isWheel && isFile ? { version: wheelVersion(filename, location) } : {}),
    source,
    wheels: isFile && isWheel ? [file] : [],
    ...(isFile && !isWheel ? { sdist: file } : {}),
    hashes: [],
    location,
    requested: true,
    requires: [],
  };
}

function directSource(reference: DirectReference): LockedSource {
  const { link, editable } = reference;
  const local = localPath(link);
  if (local !== undefined) {
    if (kindOfPath(local) !== 'folder') return { kind: 'path', path: local };
    return { kind: 'directory', path: local.replace(/(?<=.)\/$/, ''), editable, virtual: false };
  }
  const [address = '', fragment = ''] = link.split('#');
  const subdirectory = new URLSearchParams(fragment).get('subdirectory');
  const inside = subdirectory === null ? {} : { subdirectory };
  if (/^(?:hg|svn|bzr)\+/i.test(address)) {
    throw new PycontainerError(
      'lock-unsupported',
      `${reference.name} comes from a kind of version control that is not read`,
      {
        hint: 'Make a wheel of it for find-links: pip wheel --no-deps.',
        location: reference.location,
      },
    );
  }
  if (!/^git\+/i.test(address)) return { kind: 'url', url: address, ...inside };
  return { kind: 'git', ...gitAddress(address, reference), ...inside };
}

function gitAddress(address: string, reference: DirectReference): { url: string; commit: string } {
  const [, url = '', commit] = /^git\+(.*?:\/\/[^/]*\/.*?)(?:@([^@/]*))?$/i.exec(address) ?? [];
  if (commit !== undefined && /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/i.test(commit))
    return { url, commit: commit.toLowerCase() };
  throw new PycontainerError('lock-unpinned', `${reference.name} is not pinned to a commit`, {
    hint: 'Write the full commit behind the address: git+https://host/repository@COMMIT.',
    location: reference.location,
  });
}

function fragmentHashes(link: string): string[] {
  const parameters = new URLSearchParams(link.split('#')[1] ?? '');
  return ['sha256', 'sha384', 'sha512'].flatMap((algorithm) => {
    const hex = parameters.get(algorithm);
    return hex === null ? [] : [`${algorithm}:${hex.toLowerCase()}`];
  });
}

function wheelVersion(filename: string, location: SourceLocation): string {
  try {
    return formatVersion(parseWheelFilename(filename).version);
  } catch (cause) {
    throw new PycontainerError('lock-syntax', `${filename} is not the name of a wheel`, { location, cause });
  }
}
