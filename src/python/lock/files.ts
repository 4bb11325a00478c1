import { pathToFileURL } from 'node:url';
import type { Table } from '../table.ts';
import { filenameOf } from './filename-of.ts';
import type { LockedFile, LockedSource } from './package.ts';

/**
 * Sorts a package's files, as poetry.lock and pdm.lock list them (`file`, `url`, `hash`), into wheels and a source
 * distribution. A package that is a file itself gets that file's address.
 */
export function splitFiles(
  tables: readonly Table[],
  source: LockedSource,
): { readonly wheels: readonly LockedFile[]; readonly sdist?: LockedFile } {
  const direct =
    source.kind === 'url' ? source.url : source.kind === 'path' ? pathToFileURL(source.path).href : undefined;
  const listed = tables.map((table) => readFileTable(table, direct));
  const hasDirect = direct === undefined || listed.some(({ filename }) => filename === filenameOf(direct));
  const files = hasDirect ? listed : [...listed, { filename: filenameOf(direct), url: direct, hashes: [] }];
  const sdist = files.find(({ filename }) => !filename.endsWith('.whl'));
  return {
    wheels: files.filter(({ filename }) => filename.endsWith('.whl')),
    ...(sdist === undefined ? {} : { sdist }),
  };
}

function readFileTable(table: Table, direct: string | undefined): LockedFile {
  const address = table.string('url');
  const filename = table.string('file') ?? filenameOf(address ?? table.requiredString('file'));
  const url = address ?? (direct !== undefined && filenameOf(direct) === filename ? direct : undefined);
  const hash = table.string('hash');
  return {
    filename,
    ...(url === undefined ? {} : { url: url.split('#')[0] ?? url }),
    hashes: hash === undefined ? [] : [hash],
    location: table.location,
  };
}
