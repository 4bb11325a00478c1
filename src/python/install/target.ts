/** Version of everything in this room that reaches a layer's bytes: part of the keys of package and venv layers. */
export const installFormat = '1';

/** Where and for what Python wheels are installed; together with a wheel's bytes it decides every byte of its layer. */
export interface InstallTarget {
  /** Absolute, with `/`: `/opt/venv`. */
  readonly prefix: string;
  readonly pythonVersion: readonly [major: number, minor: number];
  /** `flat`: modules stand in the prefix itself, as `pip install --target` puts them. */
  readonly layout: 'venv' | 'flat';
  readonly implementation?: 'cpython' | 'pypy';
  /** Built without the global lock (PEP 703): its library folder ends in `t`. */
  readonly freeThreaded?: boolean;
  /** What launchers start in a flat layout, which has no bin/python of its own; absent: the first python3 of PATH. */
  readonly interpreter?: string;
}

/** `python3.12`, `python3.13t`, `pypy3.10`: the name of the library folder and of the versioned interpreter. */
export function pythonName(target: Pick<InstallTarget, 'pythonVersion' | 'implementation' | 'freeThreaded'>): string {
  const [major, minor] = target.pythonVersion;
  const name = target.implementation === 'pypy' ? 'pypy' : 'python';
  return `${name}${major}.${minor}${target.freeThreaded === true ? 't' : ''}`;
}

/** The prefix relative to the image's root, as entries name it; empty for the root itself. */
export function prefixPath(target: Pick<InstallTarget, 'prefix'>): string {
  return target.prefix
    .split('/')
    .filter((segment) => segment !== '')
    .join('/');
}

/** Joins parts of a path, of which any may be empty. */
export function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('/');
}

/** Where importable files go, relative to the image's root. */
export function sitePackages(target: InstallTarget): string {
  const prefix = prefixPath(target);
  return target.layout === 'flat' ? prefix : joined(prefix, 'lib', pythonName(target), 'site-packages');
}

/** What launchers of a flat layout start when no interpreter is named: a shebang of its own kind. */
export const envPython = '/usr/bin/env python3';

/** What launchers begin with, behind `#!`. */
export function launcherInterpreter(target: InstallTarget): string {
  if (target.layout === 'venv') return `/${joined(prefixPath(target), 'bin/python')}`;
  return target.interpreter ?? envPython;
}

/** The folders of a wheel's `.data` schemes and of its root. */
export type Scheme = 'purelib' | 'platlib' | 'scripts' | 'headers' | 'data';

/**
 * A scheme's folder, relative to the image's root. Headers go where pip puts them in a venv and under `--target`, which
 * is not where sysconfig would. `project` is the name as METADATA writes it.
 */
export function schemeFolder(scheme: Scheme, target: InstallTarget, project: string): string {
  const prefix = prefixPath(target);
  const [major, minor] = target.pythonVersion;
  switch (scheme) {
    case 'purelib':
    case 'platlib':
      return sitePackages(target);
    case 'scripts':
      return joined(prefix, 'bin');
    case 'data':
      return prefix;
    case 'headers': {
      const include = target.layout === 'flat' ? 'include/python' : `include/site/python${major}.${minor}`;
      return joined(prefix, include, project);
    }
  }
}
