import { join } from 'node:path/posix';
import { parseRecord } from '../python/install/record-file.ts';
import { normalizeName } from '../python/name.ts';
import type { ImageFile } from './files.ts';

/** A Python package that is installed in an image. */
export interface ImagePackage {
  /** Normalized. */
  readonly name: string;
  readonly version: string;
  /** The folder that it is imported from, absolute. */
  readonly folder: string;
  /** Of its files, each once; undefined where no RECORD tells which they are. */
  readonly sizeBytes: number | undefined;
}

/** The packages that have a `.dist-info` among the files, the largest first, then by name and folder. */
export function packagesIn(files: ReadonlyMap<string, ImageFile>): readonly ImagePackage[] {
  const found = [...files].flatMap(([path, { type }]) => {
    const [, folder = '', name, version] = /^(.*\/|)([^/]+)-([^-/]+)\.dist-info$/.exec(path) ?? [];
    if (type !== 'directory' || name === undefined || version === undefined) return [];
    const sizeBytes = recordedBytes(folder, files.get(`${path}/RECORD`)?.text, files);
    return [{ name: normalizeName(name), version, folder: `/${folder.replace(/\/$/, '')}`, sizeBytes }];
  });
  return found.toSorted(
    (a, b) => (b.sizeBytes ?? -1) - (a.sizeBytes ?? -1) || compare(a.name, b.name) || compare(a.folder, b.folder),
  );
}

/** What is listed and there. RECORD's own sizes are not believed: they may be left out, or wrong. */
function recordedBytes(
  folder: string,
  record: string | undefined,
  files: ReadonlyMap<string, ImageFile>,
): number | undefined {
  if (record === undefined) return undefined;
  const paths = new Set<string>();
  for (const [path] of parseRecord(record)) paths.add((path.startsWith('/') ? path : join('/', folder, path)).slice(1));
  return [...paths].reduce((sum, path) => sum + (files.get(path)?.sizeBytes ?? 0), 0);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
