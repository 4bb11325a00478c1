import { PycontainerError } from '../errors.ts';
import { normalizeName } from './name.ts';
import { shown } from './scanner.ts';
import { readVersion } from './version.ts';
import type { Numeral, Version } from './version.ts';

/** What the name of a wheel says (PEP 427). */
export interface WheelFilename {
  /** Normalized. */
  readonly name: string;
  readonly version: Version;
  readonly build?: BuildTag;
  /** In lower case, compressed sets expanded: each `python-abi-platform` once. */
  readonly tags: readonly string[];
}

/** Orders wheels that differ in nothing else: by number, then by the rest. No build tag stands below all. */
export interface BuildTag {
  readonly number: Numeral;
  readonly rest: string;
}

export interface SdistFilename {
  /** Normalized. */
  readonly name: string;
  readonly version: Version;
}

/** Compressed tag sets that expand to more than this are refused; real wheels have fewer than 100. */
const maxTags = 10_000;

/** Errors: `filename-invalid`. */
export function parseWheelFilename(filename: string): WheelFilename {
  if (!filename.endsWith('.whl')) throw invalidWheel(filename, 'it does not end in .whl');
  if (hasPath(filename)) throw invalidWheel(filename, 'it holds a path');
  const parts = filename.slice(0, -'.whl'.length).split('-');
  const [name = '', versionText = ''] = parts;
  const build = parts.length === 6 ? parts[2] : undefined;
  if (parts.length !== 5 && parts.length !== 6) throw invalidWheel(filename, 'it does not have five or six parts');
  if (!/^[\p{L}\p{N}_.]+$/u.test(name) || name.includes('__')) throw invalidWheel(filename, 'its name is not one');
  const version = readVersion(versionText);
  if (version === undefined) throw invalidWheel(filename, 'its version is not one');
  const buildTag = build === undefined ? undefined : readBuildTag(build);
  if (build !== undefined && buildTag === undefined) throw invalidWheel(filename, 'its build tag has no number');
  const tags = parseTags(parts.slice(-3).join('-'));
  if (tags === undefined) throw invalidWheel(filename, 'its tags are none');
  return { name: normalizeName(name), version, ...(buildTag && { build: buildTag }), tags };
}

function invalidWheel(filename: string, problem: string): PycontainerError {
  return new PycontainerError('filename-invalid', `${shown(filename)} is not the name of a wheel: ${problem}`, {
    hint: 'Wheels are named NAME-VERSION-PYTHON-ABI-PLATFORM.whl.',
  });
}

function readBuildTag(text: string): BuildTag | undefined {
  const [, number, rest = ''] = /^([0-9]+)([^]*)$/.exec(text) ?? [];
  return number === undefined ? undefined : { number: number.replace(/^0+(?=[0-9])/, ''), rest };
}

/** Expands a compressed tag set like `py2.py3-none-any` (PEP 425); undefined for what is none. */
export function parseTags(text: string): readonly string[] | undefined {
  const sets = text
    .toLowerCase()
    .split('-')
    .map((set) => set.split('.'));
  const [pythons = [], abis = [], platforms = []] = sets;
  if (sets.length !== 3 || sets.flat().includes('')) return undefined;
  if (!pythons.every((python) => /^[\p{ID_Start}_]\p{ID_Continue}*$/u.test(python))) return undefined;
  if (pythons.length * abis.length * platforms.length > maxTags) return undefined;
  const tags = pythons.flatMap((python) =>
    abis.flatMap((abi) => platforms.map((platform) => `${python}-${abi}-${platform}`)),
  );
  return [...new Set(tags)];
}

/** Errors: `filename-invalid`. */
export function parseSdistFilename(filename: string): SdistFilename {
  const [, name, versionText = ''] = /^([^]+)-([^-]*)\.(?:tar\.gz|zip)$/.exec(filename) ?? [];
  const version = readVersion(versionText);
  if (name !== undefined && version !== undefined && !hasPath(filename)) return { name: normalizeName(name), version };
  throw new PycontainerError('filename-invalid', `${shown(filename)} is not the name of an sdist`, {
    hint: 'Source distributions are named NAME-VERSION.tar.gz.',
  });
}

/** Names of files end up as names of files. */
function hasPath(filename: string): boolean {
  return ['/', '\\', '\0'].some((character) => filename.includes(character));
}
