import { wheelError } from './problem.ts';
import { schemePart } from './scheme.ts';
import { type InstallTarget, joined, prefixPath, schemeFolder, sitePackages } from './target.ts';
import type { Wheel } from './wheel.ts';
import type { ZipFile } from './zip.ts';

/** A member of a wheel and where it goes. */
export interface Placement {
  readonly file: ZipFile;
  /** Relative to the image's root. */
  readonly path: string;
}

/** What an installer writes of its own into .dist-info: never taken from a wheel. */
const installerFiles: ReadonlySet<string> = new Set(['RECORD', 'INSTALLER', 'REQUESTED', 'direct_url.json']);

/**
 * Where each member of a wheel goes, in the order in which pip writes: modules and metadata, `.data`, then scripts.
 * Left out: what stands under `__pycache__`, what an installer writes itself, and scripts that a launcher replaces.
 * `launchers` are the names of the wheel's script entry points.
 */
export function placeMembers(wheel: Wheel, target: InstallTarget, launchers: ReadonlySet<string>): Placement[] {
  const byTurn: [Placement[], Placement[], Placement[]] = [[], [], []];
  const own = `${joined(sitePackages(target), wheel.distInfo)}/`;
  for (const file of wheel.files) {
    const { scheme, path } = schemePart(file.path, wheel.filename);
    if (scheme === 'scripts' && launchers.has(wrappedName(path))) continue;
    const folder = scheme === 'root' ? sitePackages(target) : schemeFolder(scheme, target, wheel.metadata.name);
    const place = joined(folder, scheme === 'data' && target.layout === 'venv' ? throughLib64(path) : path);
    if (place.split('/').includes('__pycache__')) continue;
    if (place.startsWith(own) && installerFiles.has(place.slice(own.length))) continue;
    byTurn[scheme === 'root' ? 0 : scheme === 'scripts' ? 2 : 1].push({ file, path: place });
  }
  return byTurn.flat();
}

/** The entry point whose launcher a script is, when setuptools made it one: NAME, NAME.exe, NAME.pya, NAME-script.py. */
function wrappedName(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const ending = /(?:\.exe|-script\.py|\.pya)$/i.exec(name);
  return ending === null ? name : name.slice(0, ending.index);
}

/** In a venv lib64 is a link to lib: what is meant for the one lands in the other. */
function throughLib64(path: string): string {
  return path.replace(/^lib64\//, 'lib/');
}

const interpreters = /^bin\/(?:python|pypy)(?:w|3(?:\.\d+)?t?)?(?:\/|$)/;
const venvOwn = /^(?:pyvenv\.cfg|lib64)(?:\/|$)/;

/** Refuses a path that belongs to the interpreter or, in a venv, to the venv itself. */
export function refuseReserved(path: string, target: InstallTarget, wheel: string): void {
  const prefix = prefixPath(target);
  const inside = prefix === '' ? path : path.slice(prefix.length + 1);
  const reserved = interpreters.test(inside) || (target.layout === 'venv' && venvOwn.test(inside));
  if (reserved) throw wheelError('reserved-path', wheel, inside);
}
