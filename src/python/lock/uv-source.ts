import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Table } from '../table.ts';
import type { LockedFile, LockedSource } from './package.ts';
import { filenameOf } from './filename-of.ts';

/** Reads a `source` table. Paths become absolute. */
export function readUvSource(table: Table, folder: string): LockedSource {
  const registry = table.string('registry');
  if (registry !== undefined) return { kind: 'index', url: isUrl(registry) ? registry : fileUrl(folder, registry) };
  const git = table.string('git');
  if (git !== undefined) return gitSource(git, table);
  const url = table.string('url');
  if (url !== undefined) {
    const subdirectory = table.string('subdirectory');
    return { kind: 'url', url, ...(subdirectory === undefined ? {} : { subdirectory }) };
  }
  const file = table.string('path');
  if (file !== undefined) return { kind: 'path', path: path.resolve(folder, file) };
  for (const kind of ['directory', 'editable', 'virtual'] as const) {
    const directory = table.string(kind);
    if (directory === undefined) continue;
    return {
      kind: 'directory',
      path: path.resolve(folder, directory),
      editable: kind === 'editable',
      virtual: kind === 'virtual',
    };
  }
  throw table.error(`${table.source.file}: a source of the kind ${table.keys().join(', ') || '(none)'} is not known`);
}

/** Two sources are the same when their keys are equal. */
export function uvSourceKey(table: Table): string {
  return JSON.stringify(
    table
      .keys()
      .sort()
      .map((key) => [key, String(table.raw(key))]),
  );
}

/** `https://host/repository?subdirectory=a&tag=1#commit`: the query says what was asked for, the fragment what was found. */
function gitSource(text: string, table: Table): LockedSource {
  const [address = '', commit = ''] = text.split('#');
  const [url = '', query = ''] = address.split('?');
  const subdirectory = new URLSearchParams(query).get('subdirectory') ?? table.string('subdirectory');
  if (commit === '') throw table.error(`${table.source.file}: the git source ${url} has no commit`, 'git');
  return { kind: 'git', url, commit, ...(subdirectory === undefined ? {} : { subdirectory }) };
}

/** The wheels of a package in the lock's order. */
export function readUvWheels(table: Table, source: Table, folder: string): LockedFile[] {
  return table.tables('wheels').map((entry) => {
    const url = fileAddress(entry, source, folder);
    const filename = entry.string('filename') ?? (url === undefined ? undefined : filenameOf(url));
    if (filename === undefined) throw entry.error(`${entry.source.file}: a wheel has neither url, path nor filename`);
    return lockedFile(entry, filename, url);
  });
}

/** The source distribution of a package, if the lock has one. */
export function readUvSdist(table: Table, source: Table, folder: string): LockedFile | undefined {
  const entry = table.table('sdist');
  if (entry === undefined) return undefined;
  const url = fileAddress(entry, source, folder);
  return lockedFile(entry, url === undefined ? '' : filenameOf(url), url);
}

function lockedFile(entry: Table, filename: string, url: string | undefined): LockedFile {
  const hash = entry.string('hash');
  const sizeBytes = entry.integer('size');
  return {
    filename,
    ...(url === undefined ? {} : { url }),
    hashes: hash === undefined ? [] : [hash],
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    location: entry.location,
  };
}

/** A file's own address, or that of its source where the source is the file. A path is relative to a local registry. */
function fileAddress(entry: Table, source: Table, folder: string): string | undefined {
  const url = entry.string('url') ?? (entry.has('path') ? undefined : source.string('url'));
  if (url !== undefined) return url.split('#')[0] ?? url;
  const file = entry.string('path');
  if (file !== undefined) return fileUrl(path.resolve(folder, source.string('registry') ?? '.'), file);
  const direct = source.string('path');
  return direct === undefined ? undefined : fileUrl(folder, direct);
}

function fileUrl(folder: string, file: string): string {
  return pathToFileURL(path.resolve(folder, file)).href;
}

function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(text);
}
