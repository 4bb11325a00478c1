import { readBuildDetails } from './build-details.ts';
import { upstreamVersion } from './package-database.ts';
import { believed, type Observation, type Verdict } from './observation.ts';
import type { Tree } from './tree.ts';

export interface PythonPlace {
  readonly path: string;
  /** What the interpreter's folder stands in: /usr for /usr/bin/python3. */
  readonly prefix: string;
  readonly implementation: 'cpython' | 'pypy';
  /** X.Y. */
  readonly release: string;
  /** `python3.13t`, `pypy3.10`: the folder of the standard library in lib, of headers in include. */
  readonly folder: string;
  /** Of the interpreter and its libpython. */
  readonly marks: readonly string[];
}

/**
 * X.Y.Z, with its pre-release part. Asked in this order: build-details.json (PEP 739), patchlevel.h, the binary's own
 * string, PYTHON_VERSION, the package database; files are believed before what was said about them.
 */
export function pythonVersion(
  place: PythonPlace,
  tree: Tree,
  environment: ReadonlyMap<string, string>,
  packages: ReadonlyMap<string, string>,
): Verdict {
  const observations = [
    ...buildDetails(place, tree),
    ...patchlevel(place, tree),
    binaryVersion(place),
    { what: 'PYTHON_VERSION', version: environment.get('PYTHON_VERSION') },
    packageVersion(place, packages),
  ].filter(({ version }) => version !== undefined && isOfRelease(version, place.release));
  return believed(`Python at ${place.path}`, observations);
}

/** Whether it is a full version of the release X.Y. */
function isOfRelease(version: string, release: string): boolean {
  return version.startsWith(`${release}.`) && /^\d+\.\d+\.\d+((a|b|rc)\d+)?$/.test(version);
}

function buildDetails({ prefix, folder }: PythonPlace, tree: Tree): Observation[] {
  return libFolders(prefix, folder).map((lib) => {
    const what = `${lib}/build-details.json`;
    return { what, version: readBuildDetails(tree.file(what)?.node.text ?? '').version };
  });
}

function patchlevel({ prefix, folder }: PythonPlace, tree: Tree): Observation[] {
  const what = `${prefix}/include/${folder}/patchlevel.h`;
  const text = tree.file(what)?.node.text ?? '';
  return [{ what, version: /^#define\s+PY_VERSION\s+"([^"+]+)\+?"/m.exec(text)?.[1] }];
}

function binaryVersion({ path, release, marks }: PythonPlace): Observation {
  const fitting = marks.filter((mark) => isOfRelease(mark, release));
  return { what: path, version: fitting.length === 1 ? fitting[0] : undefined };
}

/** The distribution's packages install to /usr; what stands elsewhere is not theirs. */
function packageVersion({ prefix, release }: PythonPlace, packages: ReadonlyMap<string, string>): Observation {
  const names = [
    `python${release}-minimal`,
    `python${release}`,
    `libpython${release}-minimal`,
    `python-${release}-base`,
    `python-${release}`,
    'python3',
  ];
  const versions = prefix === '/usr' ? names.flatMap((name) => packages.get(name) ?? []).map(upstreamVersion) : [];
  return { what: 'the package database', version: versions.find((version) => isOfRelease(version, release)) };
}

/** Where the standard library may stand. */
export function libFolders(prefix: string, folder: string): readonly string[] {
  return [`${prefix}/lib/${folder}`, `${prefix}/lib64/${folder}`];
}
