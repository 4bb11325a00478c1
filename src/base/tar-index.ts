import fs from 'node:fs/promises';
import path from 'node:path';
import { PycontainerError } from '../errors.ts';
import { blockBytes, readPax, readTarBlock, type TarBlock } from './tar-header.ts';
import type { Region } from './verified.ts';

/** Names of long headers and records are read whole; longer ones are an attack. */
const longHeaderLimitBytes = 1 << 20;
const linkHops = 8;

/** Where the files of an uncompressed tar stand in it, so that they can be read in place. */
export class TarIndex {
  readonly #archive: string;
  readonly #members: ReadonlyMap<string, Member>;

  private constructor(archive: string, members: ReadonlyMap<string, Member>) {
    this.#archive = archive;
    this.#members = members;
  }

  /** Reads the headers alone. Throws 'archive-invalid', also for an archive that is compressed as a whole. */
  static async read(archive: string): Promise<TarIndex> {
    const handle = await fs.open(archive);
    try {
      const { size } = await handle.stat();
      return new TarIndex(archive, await readMembers(handle, size, archive));
    } finally {
      await handle.close();
    }
  }

  /** Links are followed. undefined when the archive has no such file. */
  locate(name: string): Region | undefined {
    let at = normal(name);
    for (let hops = 0; hops < linkHops; hops += 1) {
      const member = this.#members.get(at);
      if (member === undefined) return undefined;
      if (member.kind === 'file') return { path: this.#archive, offset: member.offset, sizeBytes: member.sizeBytes };
      at = member.target;
    }
    return undefined;
  }
}

type Member =
  | { readonly kind: 'file'; readonly offset: number; readonly sizeBytes: number }
  | { readonly kind: 'link'; readonly target: string };

/** What a long header says of the member behind it. */
interface Override {
  readonly name?: string;
  readonly target?: string;
  readonly sizeBytes?: number;
}

async function readMembers(handle: fs.FileHandle, size: number, archive: string): Promise<Map<string, Member>> {
  const members = new Map<string, Member>();
  let override: Override = {};
  for (let at = 0; at + blockBytes <= size;) {
    const block = await bytesAt(handle, at, blockBytes);
    if (block.every((byte) => byte === 0)) break;
    const header = readTarBlock(block);
    if (header === undefined) throw damaged(archive, at === 0 ? block : undefined);
    const bodyBytes = override.sizeBytes ?? header.sizeBytes;
    const body = at + blockBytes;
    if (body + bodyBytes > size) throw damaged(archive);
    const more = await longHeader(handle, header, body, archive);
    if (more === undefined) addMember(members, header, override, body, bodyBytes);
    override = more === undefined ? {} : { ...override, ...more };
    at = body + Math.ceil(bodyBytes / blockBytes) * blockBytes;
  }
  return members;
}

/** undefined when the block is the header of a member itself. */
async function longHeader(
  handle: fs.FileHandle,
  header: TarBlock,
  offset: number,
  archive: string,
): Promise<Override | undefined> {
  if (!'LKxg'.includes(header.flag)) return undefined;
  if (header.flag === 'g') return {};
  if (header.sizeBytes > longHeaderLimitBytes) throw damaged(archive);
  const bytes = await bytesAt(handle, offset, header.sizeBytes);
  if (header.flag === 'L') return { name: untilNul(bytes) };
  if (header.flag === 'K') return { target: untilNul(bytes) };
  const records = readPax(bytes);
  const name = records.get('path');
  const target = records.get('linkpath');
  const size = records.get('size');
  return {
    ...(name === undefined ? {} : { name }),
    ...(target === undefined ? {} : { target }),
    ...(size === undefined ? {} : { sizeBytes: sizeIn(size, archive) }),
  };
}

function addMember(
  members: Map<string, Member>,
  header: TarBlock,
  override: Override,
  offset: number,
  sizeBytes: number,
): void {
  const name = normal(override.name ?? header.name);
  const target = override.target ?? header.target;
  if (header.flag === '0' || header.flag === '7') members.set(name, { kind: 'file', offset, sizeBytes });
  if (header.flag === '1') members.set(name, { kind: 'link', target: normal(target) });
  if (header.flag === '2')
    members.set(name, { kind: 'link', target: normal(path.posix.join(path.posix.dirname(name), target)) });
}

async function bytesAt(handle: fs.FileHandle, offset: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, offset);
  return buffer.subarray(0, bytesRead);
}

function sizeIn(text: string, archive: string): number {
  const size = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(size)) throw damaged(archive);
  return size;
}

function untilNul(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end === -1 ? bytes.length : end);
}

function normal(name: string): string {
  return path.posix.normalize(`/${name}`).slice(1);
}

function damaged(archive: string, first?: Buffer): PycontainerError {
  const isCompressed = first !== undefined && isCompressedStart(first);
  return new PycontainerError(
    'archive-invalid',
    isCompressed ? `${archive} is compressed as a whole` : `${archive} is not a tar archive, or is damaged or cut off`,
    {
      hint: isCompressed
        ? 'Decompress it first (gunzip, unzstd): layers are read from it in place.'
        : 'Make the archive again.',
    },
  );
}

/** How bytes are compressed, by how they begin. */
export function compressionOf(start: Uint8Array): 'gzip' | 'zstd' | 'none' {
  const [a, b, c, d] = start;
  if (a === 0x1f && b === 0x8b) return 'gzip';
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd';
  return 'none';
}

function isCompressedStart(start: Uint8Array): boolean {
  const isOther =
    Buffer.from(start).toString('latin1', 0, 6) === '\xfd7zXZ\0' || start.subarray(0, 3).toString() === 'BZh';
  return compressionOf(start) !== 'none' || isOther;
}
