import type { Entry } from './entry.ts';

export const blockBytes = 512;
/** Two zero blocks end an archive. */
export const endOfArchive: Buffer = Buffer.alloc(2 * blockBytes);

const typeFlags = { file: '0', hardlink: '1', symlink: '2', directory: '5' } as const;
const largest = { id: 0o7777777, size: 0o77777777777, name: 100, prefix: 155 } as const;

/** How many zero bytes follow content of this size. */
export function paddingBytes(sizeBytes: number): number {
  return (blockBytes - (sizeBytes % blockBytes)) % blockBytes;
}

/**
 * The header of an entry: one ustar block, with a PAX header in front where ustar has no room for a path, a link, a
 * number, or for letters beyond ASCII.
 *
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06
 */
export function tarHeader(entry: Entry, mtimeSeconds: number): Buffer {
  const name = entry.type === 'directory' ? `${entry.path}/` : entry.path;
  const target = entry.type === 'symlink' || entry.type === 'hardlink' ? entry.target : '';
  const size = entry.type === 'file' ? entry.sizeBytes : 0;
  const split = splitName(name);
  const records = [
    split === undefined ? paxRecord('path', name) : '',
    fits(target) ? '' : paxRecord('linkpath', target),
    size > largest.size ? paxRecord('size', size) : '',
    entry.uid > largest.id ? paxRecord('uid', entry.uid) : '',
    entry.gid > largest.id ? paxRecord('gid', entry.gid) : '',
    mtimeSeconds < 0 || mtimeSeconds > largest.size ? paxRecord('mtime', mtimeSeconds) : '',
  ].join('');
  const block = ustarBlock({
    ...(split ?? { name: stand(name), prefix: '' }),
    mode: entry.mode,
    uid: entry.uid > largest.id ? 0 : entry.uid,
    gid: entry.gid > largest.id ? 0 : entry.gid,
    size: size > largest.size ? 0 : size,
    mtime: Math.min(Math.max(mtimeSeconds, 0), largest.size),
    type: typeFlags[entry.type],
    target: fits(target) ? target : stand(target),
  });
  return records === '' ? block : Buffer.concat([paxHeader(records), block]);
}

interface UstarFields {
  readonly name: string;
  readonly prefix: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly type: string;
  readonly target: string;
}

const blank = Buffer.alloc(blockBytes);

function ustarBlock(fields: UstarFields): Buffer {
  const block = Buffer.from(blank);
  const sum =
    putText(block, 0, fields.name) +
    putOctal(block, 100, fields.mode, 7) +
    putOctal(block, 108, fields.uid, 7) +
    putOctal(block, 116, fields.gid, 7) +
    putOctal(block, 124, fields.size, 11) +
    putOctal(block, 136, fields.mtime, 11) +
    putText(block, 148, '        ') +
    putText(block, 156, fields.type) +
    putText(block, 157, fields.target) +
    putText(block, 257, 'ustar\x0000') +
    putOctal(block, 329, 0, 7) +
    putOctal(block, 337, 0, 7) +
    putText(block, 345, fields.prefix);
  putOctal(block, 148, sum, 6);
  block[154] = 0;
  return block;
}

/** Answers with the sum of the bytes. */
function putText(block: Buffer, at: number, text: string): number {
  let sum = 0;
  for (let index = 0; index < text.length; index++) {
    const byte = text.charCodeAt(index);
    block[at + index] = byte;
    sum += byte;
  }
  return sum;
}

/** Answers with the sum of the digits as bytes. */
function putOctal(block: Buffer, at: number, value: number, digits: number): number {
  let sum = 0;
  let rest = value;
  for (let index = at + digits - 1; index >= at; index--) {
    const byte = 48 + (rest % 8);
    block[index] = byte;
    sum += byte;
    rest = Math.floor(rest / 8);
  }
  return sum;
}

function paxHeader(records: string): Buffer {
  const body = Buffer.from(records);
  const fields = { prefix: '', mode: 0o644, uid: 0, gid: 0, mtime: 0, target: '' };
  const block = ustarBlock({ ...fields, name: 'PaxHeaders/entry', size: body.length, type: 'x' });
  return Buffer.concat([block, body, Buffer.alloc(paddingBytes(body.length))]);
}

/** `length key=value\n`, where the length counts its own digits. */
function paxRecord(key: string, value: string | number): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest;
  while (length !== rest + String(length).length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}

/** At a slash, so that name and prefix both fit; undefined where ustar cannot hold the name. */
function splitName(name: string): { name: string; prefix: string } | undefined {
  if (!isAscii(name)) return undefined;
  if (name.length <= largest.name) return { name, prefix: '' };
  const slash = name.indexOf('/', Math.max(name.length - largest.name - 1, 1));
  if (slash === -1 || slash > largest.prefix || slash === name.length - 1) return undefined;
  return { name: name.slice(slash + 1), prefix: name.slice(0, slash) };
}

function fits(text: string): boolean {
  return text.length <= largest.name && isAscii(text);
}

/** What stands in the block for a text that the PAX header holds, for readers that do not know PAX. */
function stand(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '_').slice(0, largest.name);
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x7e) return false;
  return true;
}
