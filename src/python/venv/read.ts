import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { PycontainerError } from '../../errors.ts';
import { readDistribution, type VenvDistribution } from './distribution.ts';

/** A virtual environment on this machine, as its files describe it. */
export interface Venv {
  /** Absolute. */
  readonly folder: string;
  readonly implementation: 'cpython' | 'pypy';
  readonly version: readonly [major: number, minor: number];
  readonly freeThreaded: boolean;
  /** Sorted by name. */
  readonly distributions: readonly VenvDistribution[];
  /** What no distribution lists: names in site-packages, sorted. */
  readonly unowned: readonly string[];
}

const names = ['.venv', 'venv', 'env'];
/** What tools put into site-packages for the venv itself, and what pip leaves behind when it is interrupted. */
const ofTheVenv = /^(?:__pycache__|_virtualenv\.(?:py|pth)|~.*)$/;

/** The virtual environment in a folder, by the names that they usually have; absolute. */
export function findVenv(folder: string): string | undefined {
  return names.map((name) => path.join(folder, name)).find(isVenv);
}

export function isVenv(folder: string): boolean {
  return existsSync(path.join(folder, 'pyvenv.cfg'));
}

/**
 * Reads what is installed in a virtual environment; no code of it is run. `shown` is what messages call it.
 * Errors: 'lock-platform' for one of Windows, 'lock-unsupported' for one that has no packages' folder, or packages of
 * which it does not say which files are theirs.
 */
export function readVenv(folder: string, shown: string): Venv {
  const { library, ...python } = findLibrary(folder, shown);
  const site = path.join('lib', library, 'site-packages');
  const place = { folder, real: realpathSync(folder), site, shown };
  const entries = readdirSync(path.join(folder, site)).sort();
  const distributions = entries
    .filter((name) => name.endsWith('.dist-info') && !name.startsWith('~'))
    .map((name) => readDistribution(name, place))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const owned = new Set(distributions.flatMap(({ listed }) => listed.flatMap((file) => topIn(site, file))));
  return {
    folder,
    ...python,
    distributions,
    unowned: entries.filter((name) => !owned.has(name) && !name.endsWith('.dist-info') && !ofTheVenv.test(name)),
  };
}

function topIn(site: string, file: string): readonly string[] {
  return file.startsWith(`${site}/`) ? [file.slice(site.length + 1).split('/')[0] ?? ''] : [];
}

type Library = Pick<Venv, 'implementation' | 'version' | 'freeThreaded'> & { readonly library: string };

function findLibrary(folder: string, shown: string): Library {
  if (existsSync(path.join(folder, 'Scripts')) && !existsSync(path.join(folder, 'bin'))) {
    throw new PycontainerError('lock-platform', `${shown} was made on Windows, and images are for Linux`, { hint });
  }
  const said = /^version(?:_info)?\s*=\s*(\d+\.\d+)/m.exec(readFileSync(path.join(folder, 'pyvenv.cfg'), 'utf8'))?.[1];
  const libraries = (existsSync(path.join(folder, 'lib')) ? readdirSync(path.join(folder, 'lib')) : []).sort();
  const found = libraries.flatMap((library): readonly Library[] => {
    const [, name, major, minor, t] = /^(python|pypy)(\d+)\.(\d+)(t?)$/.exec(library) ?? [];
    if (name === undefined || !existsSync(path.join(folder, 'lib', library, 'site-packages'))) return [];
    const implementation = name === 'pypy' ? 'pypy' : 'cpython';
    return [{ library, implementation, version: [Number(major), Number(minor)], freeThreaded: t === 't' }];
  });
  const chosen = found.find(({ version }) => version.join('.') === said) ?? found[0];
  if (chosen !== undefined) return chosen;
  throw new PycontainerError('lock-unsupported', `${shown} has no lib/pythonX.Y/site-packages`, { hint });
}

const hint = 'Make a lock instead, with `uv lock` or `pycontainer lock`: it is good for every platform.';
