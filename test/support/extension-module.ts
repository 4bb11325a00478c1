import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pythonBase } from './python-base.ts';

/** A native module of Python's, to be put into a package of a test's own: made by nobody's compiler here. */
export interface ExtensionModule {
  readonly filename: string;
  readonly bytes: Buffer;
  /** What a wheel that has it fits. */
  readonly tag: string;
}

/**
 * One of those in lib-dynload of `pythonBase()`.
 * @param architecture in dpkg's words; absent: this machine's
 */
export async function extensionModule(name: string, architecture?: string): Promise<ExtensionModule> {
  const root = await pythonBase(architecture);
  const [found] = globSync(`usr/lib/python3.*/lib-dynload/${name}.cpython-*.so`, { cwd: root });
  if (found === undefined) throw new Error(`${root} has no extension module ${name}`);
  const [, version = '', machine = ''] = /cpython-(\d+)-([a-z0-9_]+)-linux/.exec(found) ?? [];
  return {
    filename: path.basename(found),
    bytes: readFileSync(path.join(root, found)),
    tag: `cp${version}-cp${version}-manylinux_2_17_${machine}`,
  };
}
