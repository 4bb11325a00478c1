import { filterVersions } from '../../src/python/filter.ts';
import { formatSpecifiers, parseSpecifiers, specifiersContain } from '../../src/python/specifier.ts';
import { compareAll, loadVectors, orError, vectorTest } from './vectors.ts';

interface Specifiers {
  readonly contains: readonly (readonly [string, string, boolean | null, boolean])[];
  readonly filter: readonly (readonly [string, readonly string[], boolean | null, readonly string[]])[];
  readonly parse: readonly { readonly in: string; readonly str?: string; readonly error?: string }[];
}

vectorTest('specifiers contain what packaging says they do', (t) => {
  const { contains } = loadVectors('specifiers') as Specifiers;
  for (const mode of [true, false, null])
    compareAll(
      t,
      `specifier checks with pre-releases ${mode === null ? 'left open' : mode ? 'taken' : 'refused'}`,
      contains.filter((row) => row[2] === mode),
      ([specifiers, version]) => specifiersContain(parseSpecifiers(specifiers), version, mode),
      ([, , , answer]) => answer,
    );
});

vectorTest('specifiers choose among versions as packaging does', (t) => {
  compareAll(
    t,
    'lists of versions filtered',
    (loadVectors('specifiers') as Specifiers).filter,
    ([specifiers, versions, mode]) => filterVersions(parseSpecifiers(specifiers), versions, mode),
    ([, , , kept]) => kept,
  );
});

vectorTest('specifiers are read and written as packaging does', (t) => {
  compareAll(
    t,
    'specifiers read',
    (loadVectors('specifiers') as Specifiers).parse,
    (one) => orError(() => formatSpecifiers(parseSpecifiers(one.in))),
    (one) => one.str ?? 'error',
  );
});
