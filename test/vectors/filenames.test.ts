import { parseSdistFilename, parseTags, parseWheelFilename } from '../../src/python/filename.ts';
import { normalizeName } from '../../src/python/name.ts';
import { canonicalVersion, formatVersion, readVersion } from '../../src/python/version.ts';
import { compareAll, loadVectors, orError, vectorTest } from './vectors.ts';

interface Row {
  readonly in: string;
  /** Options of packaging's that only check: what they refuse is not ours to refuse. */
  readonly args?: unknown;
  readonly error?: string;
  readonly name: string;
  readonly version: string;
  readonly build: readonly [number, string] | readonly [];
  readonly tags: readonly string[];
}

interface Filenames {
  readonly wheel: readonly Row[];
  readonly sdist: readonly Row[];
  readonly tag: readonly Row[];
  readonly canonicalize_name: readonly (readonly [string, string])[];
  readonly canonicalize_version: readonly (readonly [string, { strip_trailing_zero: boolean } | null, string])[];
}

vectorTest('names of files are read as packaging does', (t) => {
  const { wheel, sdist, tag } = loadVectors('filenames') as Filenames;
  compareAll(
    t,
    'names of wheels',
    wheel.filter(({ args }) => args === null),
    (row) =>
      orError(() => {
        const { name, version, build, tags } = parseWheelFilename(row.in);
        return [name, formatVersion(version), build ? [Number(build.number), build.rest] : [], tags.toSorted()];
      }),
    ({ error, name, version, build, tags }) =>
      error === undefined ? [name, version, build, tags.toSorted()] : 'error',
  );
  compareAll(
    t,
    'names of source distributions',
    sdist,
    (row) =>
      orError(() => {
        const { name, version } = parseSdistFilename(row.in);
        return [name, formatVersion(version)];
      }),
    ({ error, name, version }) => (error === undefined ? [name, version] : 'error'),
  );
  compareAll(
    t,
    'tag sets',
    tag.filter(({ args, error }) => args === null || error === undefined),
    (row) => parseTags(row.in)?.toSorted() ?? 'error',
    ({ error, tags }) => (error === undefined ? tags.toSorted() : 'error'),
  );
});

vectorTest('names and versions are normalized as packaging does', (t) => {
  const { canonicalize_name, canonicalize_version } = loadVectors('filenames') as Filenames;
  compareAll(
    t,
    'names normalized',
    canonicalize_name,
    ([name]) => normalizeName(name),
    ([, normal]) => normal,
  );
  compareAll(
    t,
    'versions normalized',
    canonicalize_version,
    ([text, options]) => {
      const version = readVersion(text);
      if (version === undefined) return text;
      return options?.strip_trailing_zero === false ? formatVersion(version) : canonicalVersion(version);
    },
    ([, , canonical]) => canonical,
  );
});
