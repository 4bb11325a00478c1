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
    return { what, version: versionInDetails(tree.file(what)?.node.text ?? '') };
  });
}

/** `language.version_info`, or `implementation.version` where CPython has no version_info. */
function versionInDetails(text: string): string | undefined {
  try {
    const details: unknown = JSON.parse(text);
    const info =
      field(field(details, 'language'), 'version_info') ?? field(field(details, 'implementation'), 'version');
    const [major, minor, micro, serial] = ['major', 'minor', 'micro', 'serial'].map((name) => field(info, name));
    const levels: Record<string, string> = { alpha: 'a', beta: 'b', candidate: 'rc', final: '' };
    const level = levels[String(field(info, 'releaselevel'))];
    if (![major, minor, micro].every(Number.isInteger) || level === undefined) return undefined;
    return `${String(major)}.${String(minor)}.${String(micro)}${level === '' ? '' : level + String(serial)}`;
  } catch {
    return undefined;
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
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
