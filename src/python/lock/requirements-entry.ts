import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { PycontainerError } from '../../errors.ts';
import { parseWheelFilename } from '../filename.ts';
import { parseMarker, type Marker } from '../marker.ts';
import { isName, normalizeName } from '../name.ts';
import { parseRequirement } from '../requirement.ts';
import { parseSpecifiers, type Specifiers } from '../specifier.ts';
import { strip } from '../scanner.ts';
import { formatVersion } from '../version.ts';
import { filenameOf } from './filename-of.ts';
import { kindOfPath } from './local.ts';
import type { RequirementLine } from './requirements-file.ts';

/** A requirement of a requirements file: of a package by name, or of a file, folder or repository. */
export interface RequirementEntry {
  /** Normalized; absent where only the file or folder itself knows it. */
  readonly name?: string;
  /** Normalized. */
  readonly extras: readonly string[];
  /** Those of a wheel by URL are its version. */
  readonly specifiers: Specifiers;
  readonly marker?: Marker;
  /** URL with its fragment; `file:` for paths. */
  readonly link?: string;
  readonly line: RequirementLine;
}

const archives = [
  '.zip',
  '.whl',
  '.tar.bz2',
  '.tbz',
  '.tar.gz',
  '.tgz',
  '.tar',
  '.tar.xz',
  '.txz',
  '.tlz',
  '.tar.lz',
  '.tar.lzma',
];

/**
 * Reads what a line asks for, in pip's order: a URL, a path, else a requirement of PEP 508.
 * Errors: 'lock-syntax' with the line.
 * @param top absolute; paths are relative to it
 */
export function readEntry(line: RequirementLine, top: string): RequirementEntry {
  try {
    return linkEntry(line, top) ?? namedEntry(line);
  } catch (cause) {
    if (!(cause instanceof PycontainerError) || cause.code === 'lock-syntax') throw cause;
    throw syntaxError(line, cause.message, cause);
  }
}

function namedEntry(line: RequirementLine): RequirementEntry {
  const { name, extras, specifiers, marker, url } = parseRequirement(strip(line.text));
  return {
    name,
    extras,
    specifiers,
    ...(marker === undefined ? {} : { marker }),
    ...(url === undefined ? {} : { link: url }),
    line,
  };
}

function linkEntry(line: RequirementLine, top: string): RequirementEntry | undefined {
  const { text, markerText } = cutMarker(strip(line.text));
  const { plain, extras } = cutExtras(text);
  const link = isUrl(text) ? text : localLink(plain, line, top);
  if (link === undefined) return undefined;
  const named = nameOfLink(link, line);
  return {
    ...named,
    extras: [...new Set([...(isUrl(text) ? [] : extras), ...named.extras])].sort(),
    ...(markerText === undefined ? {} : { marker: parseMarker(markerText) }),
    link,
    line,
  };
}

/** Behind a URL a marker needs a space, since URLs may hold semicolons. */
function cutMarker(text: string): { text: string; markerText?: string } {
  const separator = isUrl(text) ? '; ' : ';';
  const at = text.indexOf(separator);
  return at === -1 ? { text } : { text: strip(text.slice(0, at)), markerText: text.slice(at + separator.length) };
}

function cutExtras(text: string): { plain: string; extras: string[] } {
  const [, plain, list] = /^(.+)\[([^\][]+)\]$/.exec(text) ?? [];
  if (plain === undefined || list === undefined) return { plain: text, extras: [] };
  return { plain, extras: list.split(',').map((extra) => normalizeName(strip(extra))) };
}

/** The `file:` URL of what looks like a path; undefined for what is a requirement. */
function localLink(text: string, line: RequirementLine, top: string): string | undefined {
  const absolute = path.resolve(top, text);
  const looksLikePath = text.includes('/') || text.startsWith('.');
  const kind = kindOfPath(absolute);
  if ((looksLikePath || line.editable) && kind === 'folder') return pathToFileURL(absolute).href;
  const isArchive = archives.some((ending) => text.toLowerCase().endsWith(ending));
  if (isArchive && (kind === 'file' || !namesPackage(text))) return pathToFileURL(absolute).href;
  if (!line.editable && !(looksLikePath && !text.includes('@'))) return undefined;
  throw syntaxError(line, `${text} is no folder, wheel or archive`);
}

/** `name @ …` rather than a path with an `@` in it. */
function namesPackage(text: string): boolean {
  const [before = '', ...rest] = text.split('@');
  return rest.length > 0 && !before.includes('/') && !before.startsWith('.');
}

/** What a link says about its package: a wheel by its file name, anything else by `#egg=`. */
function nameOfLink(link: string, line: RequirementLine): Pick<RequirementEntry, 'name' | 'extras' | 'specifiers'> {
  const filename = filenameOf(link);
  if (filename.endsWith('.whl')) {
    const wheel = parseWheelFilename(filename);
    return { name: wheel.name, extras: [], specifiers: parseSpecifiers(`==${formatVersion(wheel.version)}`) };
  }
  const egg = new URLSearchParams(link.split('#')[1] ?? '').get('egg');
  if (egg === null) return { extras: [], specifiers: [] };
  if (!isName(egg)) throw syntaxError(line, `#egg=${egg} is not a name`);
  return { name: normalizeName(egg), extras: [], specifiers: [] };
}

function isUrl(text: string): boolean {
  return /^(?:https?|file|ftp|(?:git|hg|svn|bzr)(?:\+[a-z]+)?):/i.test(text);
}

function syntaxError(line: RequirementLine, why: string, cause?: PycontainerError): PycontainerError {
  return new PycontainerError('lock-syntax', `${line.location.file}: "${strip(line.text)}" cannot be read: ${why}`, {
    hint: cause?.hint,
    location: line.location,
    cause,
  });
}
