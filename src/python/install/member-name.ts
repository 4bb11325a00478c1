import { whiteoutPrefix } from '../../layer/entry.ts';
import { wheelError } from './problem.ts';

const utf8Flag = 0x0800;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** NAME_MAX and PATH_MAX of Linux, in bytes; a prefix of some length still fits. */
const segmentLimitBytes = 255;
const pathLimitBytes = 3072;

/** A member's path in the archive: no empty, `.` or `..` segments. */
export interface MemberName {
  readonly path: string;
  readonly folder: boolean;
}

/**
 * Reads a member's name, or refuses it. Empty and `.` segments (`demo//b.py`) are dropped, as pip does; all that could
 * lead elsewhere, or that two readers could read in two ways, is refused.
 */
export function memberName(bytes: Buffer, flags: number, wheel: string): MemberName {
  const text = decoded(bytes, flags, wheel);
  const shown = JSON.stringify(text);
  if (text.includes('\0')) throw wheelError('name-invalid', wheel, shown);
  if (text.includes('\\')) throw wheelError('path-backslash', wheel, shown);
  const segments = text.split('/').filter((segment) => segment !== '' && segment !== '.');
  const drive = /^[a-z]:/i.test(segments[0] ?? '');
  if (text.startsWith('/') || drive) throw wheelError('path-absolute', wheel, shown);
  if (segments.includes('..')) throw wheelError('path-escapes', wheel, shown);
  if (segments.some((segment) => segment.startsWith(whiteoutPrefix))) throw wheelError('path-whiteout', wheel, shown);
  if (segments.length === 0 || tooLong(segments)) throw wheelError('name-invalid', wheel, shown);
  return { path: segments.join('/'), folder: text.endsWith('/') };
}

function decoded(bytes: Buffer, flags: number, wheel: string): string {
  const ascii = bytes.every((byte) => byte < 0x80);
  try {
    if (ascii || (flags & utf8Flag) !== 0) return decoder.decode(bytes);
  } catch (cause) {
    throw wheelError('name-encoding', wheel, bytes.toString('latin1'), cause);
  }
  throw wheelError('name-encoding', wheel, `${bytes.toString('latin1')} is not marked as UTF-8`);
}

function tooLong(segments: readonly string[]): boolean {
  if (Buffer.byteLength(segments.join('/')) > pathLimitBytes) return true;
  return segments.some((segment) => Buffer.byteLength(segment) > segmentLimitBytes);
}
