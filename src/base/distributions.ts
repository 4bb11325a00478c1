import { libFolders } from './python-version.ts';
import type { PythonPlace } from './python-version.ts';
import type { Tree } from './tree.ts';

/**
 * Python distributions that the base itself brings to this interpreter, by the names of their `.dist-info` and
 * `.egg-info`: normalized name (PEP 503) → version. Debian keeps the distribution's in dist-packages.
 */
export function distributionsOf(place: PythonPlace, tree: Tree): Readonly<Record<string, string>> {
  const found = importFolders(place).flatMap((folder) =>
    tree.list(folder).flatMap(([name]) => {
      const info = parseInfoName(name);
      return info === undefined ? [] : [info];
    }),
  );
  const unique = new Map(found.toReversed());
  return Object.fromEntries([...unique].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** In the order of sys.path. */
function importFolders({ prefix, folder, release }: PythonPlace): readonly string[] {
  const own = libFolders(prefix, folder).map((lib) => `${lib}/site-packages`);
  if (prefix !== '/usr') return own;
  const debian = [`/usr/local/lib/python${release}/dist-packages`, '/usr/lib/python3/dist-packages'];
  return [...debian, ...own, `/usr/lib/python${release}/dist-packages`];
}

/** `PyYAML-6.0.dist-info`, `six-1.16.0.egg-info`, `six-1.16.0-py3.11.egg-info`. */
function parseInfoName(fileName: string): [string, string] | undefined {
  const match = /^([A-Za-z0-9][A-Za-z0-9._]*)-([^-]+)(?:-py3[^-]*)?\.(?:dist|egg)-info$/.exec(fileName);
  const [, name, version] = match ?? [];
  return name === undefined || version === undefined ? undefined : [normalized(name), version];
}

function normalized(name: string): string {
  return name.replaceAll(/[-_.]+/g, '-').toLowerCase();
}
