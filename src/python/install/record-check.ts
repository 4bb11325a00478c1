import type { WarningEvent } from '../../events.ts';
import { printable } from './problem.ts';
import type { RecordRow } from './record-file.ts';
import type { ZipFile } from './zip.ts';

/** Names in a message before the rest is only counted. */
const shownNames = 3;

/**
 * What a wheel's RECORD says wrongly of the archive, as far as that can be seen without reading its data. Installing
 * goes on, as with pip: RECORD is made anew from what is installed.
 */
export function recordWarnings(
  record: readonly RecordRow[],
  files: ReadonlyMap<string, ZipFile>,
  distInfo: string,
  wheel: string,
): WarningEvent[] {
  const rows = recordByPath(record);
  const missing = [...rows.keys()].filter(
    (path) => !files.has(path) && !unlisted(path, distInfo) && !path.endsWith('/'),
  );
  const open = [...files.keys()].filter((path) => !unlisted(path, distInfo) && !provesContent(rows.get(path)));
  const sizes = [...rows.values()].flatMap(([path, , size]) => {
    const file = files.get(tidy(path));
    return file !== undefined && size !== '' && Number(size) !== file.sizeBytes ? [path] : [];
  });
  return [
    ...warning(`${wheel}: RECORD lists files that are not there`, missing),
    ...warning(`${wheel}: RECORD has no sha256 or better of`, open),
    ...warning(`${wheel}: RECORD has another size of`, sizes),
  ];
}

/**
 * The files whose bytes are not what RECORD says. `hashes` has the sha256 (hex) of archive paths; files that it does
 * not have, and rows with other algorithms, are passed over.
 */
export function hashWarnings(
  record: readonly RecordRow[],
  hashes: ReadonlyMap<string, string>,
  wheel: string,
): WarningEvent[] {
  const wrong = record.flatMap(([path, hash]) => {
    const [, said] = /^sha256=([\w-]+)=*$/.exec(hash) ?? [];
    const actual = hashes.get(tidy(path));
    return said !== undefined && actual !== undefined && said !== recordDigest(actual) ? [path] : [];
  });
  return warning(`${wheel}: RECORD has another hash of`, wrong);
}

/** A sha256 in hex the way RECORD writes digests: urlsafe base64 without padding. */
export function recordDigest(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64url');
}

function recordByPath(record: readonly RecordRow[]): Map<string, RecordRow> {
  return new Map(record.map((row) => [tidy(row[0]), row]));
}

function tidy(path: string): string {
  return path.replaceAll(/\/{2,}/g, '/').replace(/^(?:\.\/)+/, '');
}

/** RECORD cannot have its own hash, and signatures are made after it. */
function unlisted(path: string, distInfo: string): boolean {
  return ['RECORD', 'RECORD.jws', 'RECORD.p7s'].some((name) => path === `${distInfo}/${name}`);
}

function provesContent(row: RecordRow | undefined): boolean {
  return row !== undefined && /^sha(?:256|384|512)=./.test(row[1]);
}

function warning(what: string, paths: readonly string[]): WarningEvent[] {
  if (paths.length === 0) return [];
  const more = paths.length > shownNames ? ` and ${paths.length - shownNames} more` : '';
  const message = `${what} ${paths.slice(0, shownNames).map(printable).join(', ')}${more}`;
  return [{ type: 'warning', code: 'wheel-record', message }];
}
