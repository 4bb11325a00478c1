import { formatMarker } from '../../src/python/marker.ts';
import { formatRequirement, parseRequirement } from '../../src/python/requirement.ts';
import { formatSpecifiers } from '../../src/python/specifier.ts';
import { compareAll, loadVectors, orError, vectorTest } from './vectors.ts';

interface Parsed {
  readonly in: string;
  readonly error?: string;
  readonly name: string;
  readonly canonical: string;
  readonly extras: readonly string[];
  readonly specifier: string;
  readonly url: string | null;
  readonly marker: string | null;
  readonly str: string;
}

vectorTest('requirements are read and written as packaging does', (t) => {
  compareAll(
    t,
    'requirements read',
    (loadVectors('requirements') as { readonly parse: readonly Parsed[] }).parse,
    ({ in: text }) =>
      orError(() => {
        const requirement = parseRequirement(text);
        const { name, written, specifiers, url = null, marker } = requirement;
        return [
          written.name,
          name,
          written.extras,
          formatSpecifiers(specifiers),
          url,
          marker ? formatMarker(marker) : null,
          formatRequirement(requirement),
        ];
      }),
    ({ error, name, canonical, extras, specifier, url, marker, str }) =>
      error === undefined ? [name, canonical, extras, specifier, url, marker, str] : 'error',
  );
});
