import { posix } from 'node:path';
import { type Entry, textFile } from '../../layer/entry.ts';
import { withFolders } from './folders.ts';
import { joined, prefixPath, pythonName, sitePackages } from './target.ts';

export interface VenvOptions {
  /** Absolute, with `/`. */
  readonly prefix: string;
  /** The base's real interpreter, absolute, behind all symlinks. */
  readonly interpreter: string;
  /** As the interpreter says it: `3.12.7`. */
  readonly version: string;
  readonly implementation?: 'cpython' | 'pypy';
  readonly freeThreaded?: boolean;
  /** Lets the base's own packages be seen. */
  readonly systemSitePackages?: boolean;
}

/**
 * The venv itself: pyvenv.cfg, which makes the interpreter take `prefix` for its own, links to the interpreter, and the
 * empty site-packages. The same as `python -m venv --without-pip` makes, but for what only people at a prompt use
 * (`activate`, `prompt`, the command that made it). `home` is the folder of the real interpreter, since that is where
 * the standard library is searched from. `lib64` links to lib as CPython does on 64-bit Linux; on 32-bit machines it is
 * made too: nothing there looks at it, and package layers, which are led through it, stay the same for all.
 */
export function venvEntries(options: VenvOptions): Entry[] {
  const prefix = prefixPath(options);
  const [major = 3, minor = 0] = options.version.split('.').map(Number);
  const target = { ...options, layout: 'venv', pythonVersion: [major, minor] } as const;
  const versioned = pythonName(target);
  const aliases = new Set(['python3', versioned, `python${major}.${minor}`]);
  if (options.implementation === 'pypy') aliases.add('pypy').add('pypy3');
  return withFolders([
    pyvenv(joined(prefix, 'pyvenv.cfg'), options),
    link(joined(prefix, 'bin/python'), options.interpreter),
    ...[...aliases].map((name) => link(joined(prefix, 'bin', name), 'python')),
    link(joined(prefix, 'lib64'), 'lib'),
    { type: 'directory', path: sitePackages(target), mode: 0o755, uid: 0, gid: 0 },
  ]);
}

function pyvenv(path: string, options: VenvOptions): Entry {
  const lines = [
    `home = ${posix.dirname(options.interpreter)}`,
    `include-system-site-packages = ${options.systemSitePackages === true}`,
    `version = ${options.version}`,
    `executable = ${options.interpreter}`,
  ];
  return textFile(path, lines.map((line) => `${line}\n`).join(''));
}

function link(path: string, target: string): Entry {
  return { type: 'symlink', path, target, mode: 0o777, uid: 0, gid: 0 };
}
