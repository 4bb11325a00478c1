import fs, { type BigIntStats } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Aspect, isFolder } from './mark.ts';

export type Call = (this: unknown, ...args: readonly unknown[]) => unknown;

/** What an answer hangs on that has one of these functions of `node:fs` in it. */
export const aspects: ReadonlyMap<string, Aspect> = new Map([
  ['lstat', 'link'],
  ['readlink', 'link'],
  ['stat', 'content'],
  ['readFile', 'content'],
  ['readdir', 'content'],
  ['open', 'content'],
  ['createReadStream', 'content'],
  ['access', 'access'],
  ['exists', 'access'],
  ['mkdir', 'access'],
  ['realpath', 'real'],
]);

/** A function in the place of another one, which it may call with what it was called with. */
export function around(call: Call, act: (again: () => unknown, args: readonly unknown[]) => unknown): Call {
  return function (...args) {
    return act(() => Reflect.apply(call, this, args), args);
  };
}

export const worksOnOpenFile: RegExp =
  /^(?:readv?|writev?|close|fstat|fsync|fdatasync|fchmod|fchown|futimes|ftruncate)(?:Sync)?$/;

/** Whether the call leaves everything as it is: a folder that is to be made may be there, a file be opened to be read. */
export function isLook(name: string, path: string, flags: unknown): boolean {
  if (name === 'mkdir') return isFolder(path);
  if (name !== 'open') return true;
  return flags === undefined || flags === 'r' || (typeof flags === 'number' && isReading(flags));
}

function isReading(flags: number): boolean {
  const { O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_APPEND } = fs.constants;
  return (flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND)) === 0;
}

/** Whether a connection is one to a socket of this machine. Only engines have one, and tell of what is said over it. */
export function isLocal([to]: readonly unknown[]): boolean {
  const options: unknown = Array.isArray(to) ? to[0] : to;
  return typeof options === 'object' && options !== null && 'path' in options && typeof options.path === 'string';
}

/** Absolute; undefined for what is no path: a descriptor, a handle, or the nothing of a stream of an open file. */
export function pathOf(value: unknown): string | undefined {
  if (typeof value === 'string') return isPlain(value) ? value : value === '' ? undefined : resolve(value);
  if (value instanceof URL) return fileURLToPath(value);
  return Buffer.isBuffer(value) ? resolve(value.toString()) : undefined;
}

/** Whether resolving an absolute path would change nothing; what has a name with a dot in front is not looked into. */
function isPlain(path: string): boolean {
  return path.startsWith('/') && !path.includes('/.') && !path.includes('//') && !path.endsWith('/');
}

/** Whether a look that gives stats gives all that a mark is made of. */
export function wantsAll(options: unknown): boolean {
  return typeof options === 'object' && options !== null && 'bigint' in options && options.bigint === true;
}

export function isStats(found: unknown): found is BigIntStats {
  return typeof found === 'object' && found !== null && 'mtimeNs' in found;
}

export function isCall(value: unknown): value is Call {
  return typeof value === 'function';
}
