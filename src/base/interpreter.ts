import type { WarningEvent } from '../events.ts';
import type { Interpreter } from './base.ts';
import type { Binary } from './binary.ts';
import { distributionsOf } from './distributions.ts';
import { pythonAbi } from './python-abi.ts';
import { type PythonPlace, pythonVersion } from './python-version.ts';
import type { Tree } from './tree.ts';

export interface InterpreterSearch {
  readonly tree: Tree;
  /** Of the image's config. */
  readonly environment: ReadonlyMap<string, string>;
  /** What the image starts, which may be a Python that is in no usual place. */
  readonly command: readonly string[];
  readonly packages: ReadonlyMap<string, string>;
  readonly warn: (warning: WarningEvent) => void;
}

export interface FoundInterpreter {
  readonly interpreter: Interpreter;
  readonly binary: Binary;
}

const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const usualFolders: readonly string[] = ['/usr/local/bin', '/usr/bin', '/bin', '/opt/conda/bin', '/opt/python/bin'];

/**
 * The Python of a base that has several: what `python3` on the PATH leads to, else `python`, else the highest
 * `python3.X` on the PATH or in the usual places, else PyPy. Scripts, Python 2 and what is no ELF file are passed over.
 */
export function findInterpreter(search: InterpreterSearch): FoundInterpreter | undefined {
  for (const path of candidates(search)) {
    const file = search.tree.file(path);
    const binary = file?.node.binary;
    if (file === undefined || binary === undefined || (file.node.mode & 0o111) === 0) continue;
    const place = placeOf(file.path, binary, search.tree);
    if (place !== undefined) return { interpreter: described(place, search), binary };
  }
  return undefined;
}

function candidates({ tree, environment, command }: InterpreterSearch): readonly string[] {
  const onPath = (environment.get('PATH') ?? defaultPath).split(':').filter((folder) => folder.startsWith('/'));
  const started = command.filter((word) => word.startsWith('/')).slice(0, 1);
  const folders = [...new Set([...onPath, ...usualFolders, ...started.map(parentOf)])];
  const all = folders.flatMap((folder) => tree.list(folder).map(([name]) => ({ folder, name })));
  const versioned = all
    .filter(({ name }) => /^python3\.\d+t?$/.test(name))
    .sort((a, b) => minorOf(b.name) - minorOf(a.name));
  const named = (name: string, places: readonly string[]): string[] => places.map((folder) => `${folder}/${name}`);
  return [
    ...named('python3', onPath),
    ...named('python', onPath),
    ...versioned.map(({ folder, name }) => `${folder}/${name}`),
    ...named('python3', folders),
    ...named('pypy3', folders),
  ];
}

function minorOf(name: string): number {
  return Number(/^python3\.(\d+)/.exec(name)?.[1]);
}

/** undefined for what is not a Python 3 whose X.Y can be told. */
function placeOf(path: string, binary: Binary, tree: Tree): PythonPlace | undefined {
  const match = /^(python|pypy)(?:3(?:\.(\d+))?)?(t)?d?$/.exec(path.slice(path.lastIndexOf('/') + 1));
  if (match === null) return undefined;
  const prefix = parentOf(parentOf(path));
  const family = match[1] ?? 'python';
  const marks = [...binary.marks, ...libraryMarks(prefix, family, tree)];
  const libs = standardLibraries(prefix, family, tree);
  const release = match[2] === undefined ? releaseOf(libs, marks) : `3.${match[2]}`;
  if (release === undefined) return undefined;
  const isFree = match[3] === 't' || (libs.includes(`${family}${release}t`) && !libs.includes(`${family}${release}`));
  return {
    path,
    prefix,
    implementation: family === 'pypy' ? 'pypy' : 'cpython',
    release,
    folder: `${family}${release}${isFree ? 't' : ''}`,
    marks,
  };
}

/** Names of standard library folders beside the interpreter: `python3.12`, `python3.13t`. */
function standardLibraries(prefix: string, family: string, tree: Tree): readonly string[] {
  return [...tree.list(`${prefix}/lib`), ...tree.list(`${prefix}/lib64`)]
    .map(([name]) => name)
    .filter((name) => new RegExp(`^${family}3\\.\\d+t?$`).test(name));
}

function libraryMarks(prefix: string, family: string, tree: Tree): readonly string[] {
  return [`${prefix}/lib`, `${prefix}/lib64`, `${prefix}/bin`].flatMap((folder) =>
    tree
      .list(folder)
      .filter(([name]) => name.startsWith(`lib${family}3`))
      .flatMap(([name]) => tree.file(`${folder}/${name}`)?.node.binary?.marks ?? []),
  );
}

/** For an interpreter called just `python3`: the one standard library there is, or the one that its strings name. */
function releaseOf(libs: readonly string[], marks: readonly string[]): string | undefined {
  const releases = [...new Set(libs.flatMap((name) => /3\.\d+/.exec(name)?.[0] ?? []))];
  const named = releases.filter((release) => marks.some((mark) => mark.startsWith(`${release}.`)));
  if (named.length === 1) return named[0];
  return releases.length === 1 ? releases[0] : undefined;
}

function described(place: PythonPlace, search: InterpreterSearch): Interpreter {
  const { version, warning } = pythonVersion(place, search.tree, search.environment, search.packages);
  if (warning !== undefined) search.warn(warning);
  if (version === undefined) search.warn(versionUnknown(place));
  const abi = pythonAbi(place, search.tree);
  for (const contradiction of abi.warnings) search.warn(contradiction);
  return {
    path: place.path,
    version: version ?? `${place.release}.0`,
    implementation: place.implementation,
    freeThreaded: abi.freeThreaded,
    ...(abi.debug ? { debug: true } : {}),
    packages: distributionsOf(place, search.tree),
  };
}

function versionUnknown({ path, release }: PythonPlace): WarningEvent {
  return {
    type: 'warning',
    code: 'base-facts',
    message: `Nothing in the base tells the full version of Python ${release} at ${path}`,
    hint: `It is taken for ${release}.0.`,
  };
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
