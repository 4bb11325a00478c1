import type { Libc } from './base.ts';
import { upstreamVersion } from './package-database.ts';
import { believed, type Observation } from './observation.ts';
import type { Resolved, File, Tree } from './tree.ts';
import type { WarningEvent } from '../events.ts';

export interface LibcSearch {
  readonly tree: Tree;
  /** Of the interpreter: the loader that it asks for. */
  readonly loader: string | undefined;
  readonly folders: readonly string[];
  readonly packages: ReadonlyMap<string, string>;
  readonly warn: (warning: WarningEvent) => void;
}

/** Absent when the base has no C library, or one whose version cannot be told. */
export function findLibc(search: LibcSearch): Libc | undefined {
  const kind = kindOf(search.loader) ?? kindByFiles(search);
  if (kind === undefined) return undefined;
  const version = kind === 'musl' ? muslVersion(search) : glibcVersion(search);
  return version === undefined ? undefined : { kind, version };
}

function kindOf(loader: string | undefined): Libc['kind'] | undefined {
  const name = loader?.slice(loader.lastIndexOf('/') + 1) ?? '';
  if (name.startsWith('ld-musl-')) return 'musl';
  return /^(ld-linux|ld64\.so|ld\.so)/.test(name) ? 'glibc' : undefined;
}

function kindByFiles(search: LibcSearch): Libc['kind'] | undefined {
  if (glibcFile(search) !== undefined) return 'glibc';
  return muslFile(search) === undefined ? undefined : 'musl';
}

function glibcVersion(search: LibcSearch): string | undefined {
  const file = glibcFile(search);
  const banner = file?.node.binary?.marks.map(bannerVersion).find((version) => version !== undefined);
  const recorded = search.packages.get('libc6') ?? search.packages.get('glibc');
  return agreed(search, 'glibc', { what: file?.path ?? '', version: banner }, recorded);
}

function bannerVersion(mark: string): string | undefined {
  return /^GNU C Library .*version (\d+\.\d+)$/.exec(mark)?.[1];
}

function glibcFile({ tree, folders }: LibcSearch): Resolved<File> | undefined {
  return firstFile(tree, folders, /^libc\.so\.6$/, (marks) => marks.some((mark) => bannerVersion(mark) !== undefined));
}

/** musl's C library is its loader. */
function muslVersion(search: LibcSearch): string | undefined {
  const file = muslFile(search);
  const mark = file?.node.binary?.marks.find(isMuslVersion);
  const recorded = search.packages.get('musl');
  return agreed(search, 'musl', { what: file?.path ?? '', version: mark?.replace(/\.\d+$/, '') }, recorded);
}

function isMuslVersion(mark: string): boolean {
  return /^[01]\.\d+\.\d+$/.test(mark);
}

function muslFile({ tree, folders }: LibcSearch): Resolved<File> | undefined {
  return firstFile(tree, folders, /^(ld-musl-|libc\.musl-).+\.so\.1$/, (marks) => marks.some(isMuslVersion));
}

function firstFile(
  tree: Tree,
  folders: readonly string[],
  name: RegExp,
  isIt: (marks: readonly string[]) => boolean,
): Resolved<File> | undefined {
  return folders
    .flatMap((folder) =>
      tree.list(folder).flatMap(([file]) => (name.test(file) ? [tree.file(`${folder}/${file}`)] : [])),
    )
    .find((file) => isIt(file?.node.binary?.marks ?? []));
}

/** X.Y; the file is right where the package database says otherwise. */
function agreed(search: LibcSearch, what: string, file: Observation, recorded: string | undefined): string | undefined {
  const ofPackage = /^\d+\.\d+/.exec(recorded === undefined ? '' : upstreamVersion(recorded))?.[0];
  const database = { what: 'the package database', version: ofPackage };
  const { version, warning } = believed(`${what} of the base`, [file, database]);
  if (warning !== undefined) search.warn(warning);
  return version;
}
