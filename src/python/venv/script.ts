import path from 'node:path';
import { shebang } from '../install/launcher.ts';
import { type InstallTarget, launcherInterpreter } from '../install/target.ts';

/** The shell starts the script again with the interpreter, for a path that the kernel would not take. */
const byShell = /^#!\/bin\/sh[ \t\r]*\n'''exec' ('[^'\n]+'|"[^"\n]+"|\S+) "\$0" "\$@"[ \t\r]*\n' '''\n/;
const direct = /^#!(\/[^\n]*?)[ \t\r]*\n/;

/**
 * A script of a venv as it has to be in the image: where it starts the venv's Python, in one of the ways that pip, uv
 * and distlib write it, it starts the image's. Undefined for others, which stay as they are.
 * @param folder the venv's, absolute; a venv that was moved since is known by its name
 */
export function movedScript(bytes: Buffer, folder: string, target: InstallTarget): Buffer | undefined {
  const { head, interpreter } = startOf(bytes);
  if (interpreter === undefined || !isOfVenv(interpreter, folder)) return undefined;
  const start = Buffer.from(shebang(launcherInterpreter(target), target.pythonVersion));
  return Buffer.concat([start, bytes.subarray(head.length)]);
}

/** What says which interpreter runs the script, and its path; options behind that are dropped. */
function startOf(bytes: Buffer): { head: string; interpreter?: string } {
  const text = bytes.toString('latin1', 0, 4096);
  const [shell, quoted = ''] = byShell.exec(text) ?? [];
  if (shell !== undefined) return { head: shell, interpreter: decoded(quoted.replace(/^(['"])(.*)\1$/, '$2')) };
  const [line = '', command] = direct.exec(text) ?? [];
  return command === undefined ? { head: line } : { head: line, interpreter: decoded(command.replace(/ -.*$/, '')) };
}

function decoded(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString();
}

function isOfVenv(interpreter: string, folder: string): boolean {
  const [bin, name] = [path.dirname(interpreter), path.basename(interpreter)];
  const isPython = /^(?:python|pypy)[\d.]*t?$/.test(name);
  return isPython && path.basename(bin) === 'bin' && path.basename(path.dirname(bin)) === path.basename(folder);
}
