import type { EntryPoint } from './entry-points.ts';
import { memberName } from './member-name.ts';
import { wheelError } from './problem.ts';
import { type InstallTarget, envPython } from './target.ts';

type PythonVersion = InstallTarget['pythonVersion'];

/** The kernel reads this many bytes of a first line, its end included, on every Linux that is in use. */
const shebangLimitBytes = 127;
const utf8Flag = 0x0800;

/**
 * The text of a console or GUI launcher (on Linux they are the same): pip 26.2.1's for Python 3.9 and later, for older
 * Python uv's, since str.removesuffix() is not there.
 */
export function launcherText(entry: EntryPoint, executable: string, version: PythonVersion): string {
  const { module, attribute } = entry;
  const names = { module, attribute, imported: attribute.split('.')[0] ?? '' };
  return shebang(executable, version) + (isModern(version) ? modernBody(names) : oldBody(names));
}

/** A launcher's path in bin. Names may have folders; what leads out of bin is refused, as everything in memberName. */
export function launcherPath(name: string, wheel: string): string {
  try {
    const { path, folder } = memberName(Buffer.from(name), utf8Flag, wheel);
    if (!folder) return path;
  } catch (cause) {
    throw wheelError('script-name', wheel, JSON.stringify(name), cause);
  }
  throw wheelError('script-name', wheel, JSON.stringify(name));
}

/**
 * The first line of a launcher. A path that the kernel would cut, or that has a blank, is started by way of /bin/sh in
 * a line that Python reads as a string. There pip leaves the path as it is, which cannot work when it has a blank: such
 * a path is quoted, as uv quotes every one.
 */
export function shebang(executable: string, version: PythonVersion): string {
  const line = `#!${executable}\n`;
  const simple = Buffer.byteLength(line) <= shebangLimitBytes && !executable.includes(' ');
  if (simple || executable === envPython) return line;
  const bare = isModern(version) && !executable.includes(' ');
  const quoted = bare ? executable : `'${executable.replaceAll("'", `'"'"'`)}'`;
  return `#!/bin/sh\n'''exec' ${quoted} "$0" "$@"\n' '''\n`;
}

function isModern([major, minor]: PythonVersion): boolean {
  return major > 3 || (major === 3 && minor >= 9);
}

interface Names {
  readonly module: string;
  readonly imported: string;
  readonly attribute: string;
}

function modernBody({ module, imported, attribute }: Names): string {
  return `import sys
from ${module} import ${imported}
if __name__ == '__main__':
    sys.argv[0] = sys.argv[0].removesuffix('.exe')
    sys.exit(${attribute}())
`;
}

function oldBody({ module, imported, attribute }: Names): string {
  return `# -*- coding: utf-8 -*-
import sys
from ${module} import ${imported}
if __name__ == "__main__":
    if sys.argv[0].endswith("-script.pyw"):
        sys.argv[0] = sys.argv[0][:-11]
    elif sys.argv[0].endswith(".exe"):
        sys.argv[0] = sys.argv[0][:-4]
    sys.exit(${attribute}())
`;
}

/**
 * The launchers that a wheel gets, by name. pip and setuptools bake the builder's version into theirs (`pip3.9`): those
 * are made anew for this Python, as pip does.
 */
export function launcherValues(group: ReadonlyMap<string, string>, [major, minor]: PythonVersion): Map<string, string> {
  const values = new Map<string, string>();
  const pip = group.get('pip');
  const easyInstall = group.get('easy_install');
  if (pip) for (const name of ['pip', `pip${major}`, `pip${major}.${minor}`]) values.set(name, pip);
  if (easyInstall) for (const name of ['easy_install', `easy_install-${major}.${minor}`]) values.set(name, easyInstall);
  for (const [name, value] of group) {
    const replaced =
      (pip && /^pip(\d+(\.\d+)?)?$/.test(name)) || (easyInstall && /^easy_install(-\d+\.\d+)?$/.test(name));
    if (!replaced) values.set(name, value);
  }
  return values;
}
