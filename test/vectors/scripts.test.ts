import { parseEntryPoints, scriptEntryPoint } from '../../src/python/install/entry-points.ts';
import { launcherPath, launcherText } from '../../src/python/install/launcher.ts';
import type { InstallTarget } from '../../src/python/install/target.ts';
import { compareAll, loadVectors, orError, vectorTest } from './vectors.ts';

interface Case {
  readonly executable: string;
  readonly spec: string;
  readonly out: Readonly<Record<string, readonly [mode: string, text: string] | string>>;
}

interface Scripts {
  readonly tools: readonly { readonly tool: string; readonly cases: readonly Case[] }[];
  readonly uv: { readonly template: string };
}

/** Name and text of the launcher that a line of entry_points.txt gets. */
function launcher({ executable, spec }: Case, version: InstallTarget['pythonVersion']): readonly [string, string] {
  const group = parseEntryPoints(`[console_scripts]\n${spec}`, 'x.whl').get('console_scripts') ?? new Map();
  const [[name, value] = ['', '']]: [string, string][] = [...group];
  return [launcherPath(name, 'x.whl'), launcherText(scriptEntryPoint(name, value, 'x.whl'), executable, version)];
}

function nameOf(spec: string): string {
  return spec.slice(0, spec.indexOf('=')).trim();
}

/**
 * pip's answer but for two mistakes of it: a name with a blank loses what stands before the blank, and an interpreter
 * with a blank is not quoted.
 */
function expected({ spec, executable, out }: Case): readonly [string, string] | 'error' {
  const [[name, made] = ['', undefined]] = Object.entries(out);
  if (made === undefined || typeof made === 'string') return 'error';
  const [, text] = made;
  const quoted = executable.includes(' ') ? text.replace(executable, `'${executable}'`) : text;
  return [/\s/.test(nameOf(spec)) ? nameOf(spec) : name, quoted];
}

vectorTest('launchers for Python 3.9 and later are those of pip 26', (t) => {
  const cases = (loadVectors('scripts') as Scripts).tools.find(({ tool }) => tool === 'pip26')?.cases ?? [];
  compareAll(t, 'launchers', cases, (one) => orError(() => launcher(one, [3, 12])), expected);
});

vectorTest('launchers for Python 3.8 and earlier are those of uv', (t) => {
  const { tools, uv } = loadVectors('scripts') as Scripts;
  const cases = tools.find(({ tool }) => tool === 'pip26')?.cases.filter(({ out }) => !('error' in out)) ?? [];
  compareAll(
    t,
    'launchers',
    cases,
    (one) => launcher(one, [3, 8])[1],
    ({ executable, out }) => {
      const text = Object.values(out)[0]?.[1] ?? '';
      const [, module = '', imported = ''] = /^from (\S+) import (\S+)$/m.exec(text) ?? [];
      const called = /sys\.exit\((.*)\(\)\)/.exec(text)?.[1] ?? '';
      const line = `#!${executable}`;
      const long = Buffer.byteLength(`${line}\n`) > 127 || executable.includes(' ');
      const shebang = long ? `#!/bin/sh\n'''exec' '${executable}' "$0" "$@"\n' '''` : line;
      const fields = { shebang, module, import_name: imported, function: called };
      return Object.entries(fields).reduce(
        (filled, [key, value]) => filled.replace(`{${key}}`, () => value),
        uv.template,
      );
    },
  );
});
