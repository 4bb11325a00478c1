import type { WarningEvent } from '../events.ts';
import { readBuildDetails } from './build-details.ts';
import { believed, type Observation } from './observation.ts';
import { libFolders, type PythonPlace } from './python-version.ts';
import type { Tree } from './tree.ts';

/** What the binary interface of a CPython has beyond its X.Y. */
export interface PythonAbi {
  readonly freeThreaded: boolean;
  /** `--with-pydebug`: extension modules made for it have a `d` in their tag. */
  readonly debug: boolean;
  /** Where sources contradict each other. */
  readonly warnings: readonly WarningEvent[];
}

/** Flags as `sys.abiflags` has them, and where they stand. */
interface Source {
  readonly what: string;
  readonly flags: string;
}

/**
 * As the base's own files say: `abi.flags` of build-details.json (PEP 739), `ABIFLAGS` of `_sysconfigdata`, and the `t` in
 * the name of the standard library's folder; believed in this order.
 */
export function pythonAbi(place: PythonPlace, tree: Tree): PythonAbi {
  const folders = libFolders(place.prefix, place.folder);
  const sources = folders.flatMap((folder) => [...buildDetails(folder, tree), ...sysconfigData(folder, tree)]);
  const subject = `Python at ${place.path}`;
  const threads = believed(subject, [
    ...sources.map(({ what, flags }) => said(what, flags.includes('t'), 'free-threaded', 'not free-threaded')),
    said(folders[0] ?? place.path, place.folder.endsWith('t'), 'free-threaded', 'not free-threaded'),
  ]);
  const debug = believed(
    subject,
    sources.map(({ what, flags }) => said(what, flags.includes('d'), 'a debug build', 'a release build')),
  );
  return {
    freeThreaded: threads.version === 'free-threaded',
    debug: debug.version === 'a debug build',
    warnings: [threads, debug].flatMap(({ warning }) => warning ?? []),
  };
}

function said(what: string, is: boolean, yes: string, no: string): Observation {
  return { what, version: is ? yes : no };
}

function buildDetails(folder: string, tree: Tree): Source[] {
  const what = `${folder}/build-details.json`;
  const { flags } = readBuildDetails(tree.file(what)?.node.text ?? '');
  return flags === undefined ? [] : [{ what, flags }];
}

/** Beside that of the interpreter may stand one for its debug build, whose flags are in its name too. */
function sysconfigData(folder: string, tree: Tree): Source[] {
  const found = tree
    .list(folder)
    .flatMap(([name]) => {
      const path = `${folder}/${name}`;
      const text = name.startsWith('_sysconfigdata_') ? tree.file(path)?.node.text : undefined;
      const flags = /['"]ABIFLAGS['"]:\s*['"]([a-z]*)['"]/.exec(text ?? '')?.[1];
      return flags === undefined ? [] : [{ what: path, flags }];
    })
    .sort((a, b) => a.flags.length - b.flags.length || (a.what < b.what ? -1 : 1));
  return found.slice(0, 1);
}
