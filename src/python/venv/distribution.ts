import { readFileSync, type BigIntStats, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { PycontainerError } from '../../errors.ts';
import { parseTags } from '../filename.ts';
import { type Metadata, parseHeaders, parseMetadata } from '../install/metadata.ts';
import { parseRecord } from '../install/record-file.ts';
import { normalizeName } from '../name.ts';

/** A distribution that is installed in a virtual environment. */
export interface VenvDistribution {
  /** Normalized. */
  readonly name: string;
  readonly metadata: Metadata;
  /** Name of its folder. */
  readonly distInfo: string;
  /** As WHEEL lists them, expanded. */
  readonly tags: readonly string[];
  readonly requested: boolean;
  /** The folder of source that it is installed from, absolute: its code stands there when `editable`. */
  readonly project?: { readonly folder: string; readonly editable: boolean };
  /** What of it belongs into an image: no bytecode, nothing that an installer writes anew. Sorted by path. */
  readonly files: readonly VenvFile[];
  /** Paths of all that its RECORD lists, relative to the venv. */
  readonly listed: readonly string[];
  /** Those that RECORD lists and that are not there. */
  readonly missing: readonly string[];
}

export interface VenvFile {
  /** Relative to the venv, with `/`: `lib/python3.12/site-packages/x.py`. */
  readonly path: string;
  /** Absolute. */
  readonly source: string;
  readonly stat: BigIntStats;
}

export interface VenvPlace {
  /** Absolute. */
  readonly folder: string;
  /** The same without links. */
  readonly real: string;
  /** `lib/python3.12/site-packages` */
  readonly site: string;
  /** What messages call the venv. */
  readonly shown: string;
}

/** Files of .dist-info that an installer writes: made anew in the image. */
const installerFiles = new Set(['RECORD', 'INSTALLER', 'REQUESTED', 'uv_cache.json', 'uv_build.json']);

/** Errors: 'lock-unsupported' for one without METADATA or RECORD, or that has files elsewhere on this machine. */
export function readDistribution(distInfo: string, place: VenvPlace): VenvDistribution {
  const { folder, site, shown } = place;
  const info = path.join(folder, site, distInfo);
  const metadata = parseMetadata(readOptional(path.join(info, 'METADATA')) ?? '');
  const record = readOptional(path.join(info, 'RECORD'));
  if (metadata === undefined || record === undefined) {
    const lack = metadata === undefined ? 'METADATA' : 'RECORD';
    throw unusable(`${distInfo} in ${shown} has no ${lack}, so its files are not known`);
  }
  const listed = [...parseRecord(record)].map(([file]) => inVenv(file, distInfo, place));
  const project = projectOf(readOptional(path.join(info, 'direct_url.json')));
  const left = project === undefined ? installerFiles : new Set([...installerFiles, 'direct_url.json']);
  const own = `${site}/${distInfo}/`;
  const wanted = listed.filter(
    (file) => !isBytecode(file) && !(file.startsWith(own) && left.has(file.slice(own.length))),
  );
  const found = [...new Set(wanted)].sort().map((file) => ({ path: file, ...lookAt(path.join(folder, file)) }));
  return {
    name: normalizeName(metadata.name),
    metadata,
    distInfo,
    tags: tagsOf(readOptional(path.join(info, 'WHEEL')) ?? ''),
    requested: readOptional(path.join(info, 'REQUESTED')) !== undefined,
    ...(project === undefined ? {} : { project }),
    files: found.flatMap(({ stat, ...file }) => (stat?.isFile() === true ? [{ ...file, stat }] : [])),
    listed,
    missing: found.filter(({ stat }) => stat === undefined).map((file) => file.path),
  };
}

/** A path of RECORD, which is relative to site-packages or absolute, as one relative to the venv. */
function inVenv(file: string, distInfo: string, { folder, real, site, shown }: VenvPlace): string {
  const absolute = path.resolve(folder, site, file);
  const [inside] = [folder, real].flatMap((root) =>
    absolute.startsWith(`${root}/`) ? [absolute.slice(root.length + 1)] : [],
  );
  if (inside !== undefined && !file.includes('\0')) return inside.replace(/^lib64\//, 'lib/');
  throw unusable(`${distInfo} in ${shown} has a file outside of it: ${JSON.stringify(file)}`);
}

function isBytecode(file: string): boolean {
  return file.endsWith('.pyc') || file.split('/').includes('__pycache__');
}

/** PEP 610: what was installed from a folder, so not from an index. */
function projectOf(text: string | undefined): VenvDistribution['project'] {
  const [url, info] = directory(text);
  if (url?.startsWith('file:') !== true || info === undefined) return undefined;
  const editable = typeof info === 'object' && info !== null && 'editable' in info && info.editable === true;
  return { folder: fileURLToPath(url).replace(/(?<=.)\/$/, ''), editable };
}

function directory(text: string | undefined): readonly [url?: string, info?: unknown] {
  try {
    const parsed: unknown = JSON.parse(text ?? 'null');
    if (typeof parsed !== 'object' || parsed === null || !('url' in parsed) || !('dir_info' in parsed)) return [];
    return typeof parsed.url === 'string' ? [parsed.url, parsed.dir_info] : [];
  } catch {
    return [];
  }
}

function tagsOf(wheelFile: string): readonly string[] {
  const tags = parseHeaders(wheelFile).get('tag') ?? [];
  return [...new Set(tags.flatMap((tag) => parseTags(tag.trim()) ?? []))];
}

function lookAt(source: string): { source: string; stat: BigIntStats | undefined } {
  return { source, stat: statSync(source, { bigint: true, throwIfNoEntry: false }) };
}

function readOptional(file: string): string | undefined {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true ? readFileSync(file, 'utf8') : undefined;
}

function unusable(message: string): PycontainerError {
  return new PycontainerError('lock-unsupported', message, {
    hint: 'Make a lock instead, with `uv lock` or `pycontainer lock`, or install the package anew with pip or uv.',
  });
}
