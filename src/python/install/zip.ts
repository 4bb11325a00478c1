import { basename } from 'node:path';
import type { ZipMember } from '../../layer/entry.ts';
import { ArchiveFile } from './archive-file.ts';
import { memberName } from './member-name.ts';
import { wheelError } from './problem.ts';
import type { CentralHeader, Directory } from './zip-records.ts';
import { extraField, findDirectory, readDirectory, readLocalHeader } from './zip-records.ts';

/** One regular file of an archive. */
export interface ZipFile {
  /** With `/`, without empty, `.` or `..` segments. */
  readonly path: string;
  /** Type and permission bits as on Unix; 0 where the archive has none. */
  readonly mode: number;
  /** As both headers say; what inflates it must hold it to that. */
  readonly sizeBytes: number;
  readonly content: ZipMember;
}

export interface ZipArchive {
  readonly path: string;
  readonly sizeBytes: number;
  /** One for each path, in the directory's order; of several with one path the last, as Python's zipfile has it. */
  readonly files: readonly ZipFile[];
  /** Paths that the archive names as folders, in its order. */
  readonly folders: readonly string[];
  /** Paths that stand in it several times with different bytes. */
  readonly duplicates: readonly string[];
  /** Bytes before and behind the archive proper. */
  readonly strayBytes: number;
}

const descriptorFlag = 0x0008;
const encryptedFlags = 0x0001 | 0x0040 | 0x2000;
const patchFlag = 0x0020;
/** Those that change how a file is read; the others say how it was compressed. */
const readingFlags = encryptedFlags | patchFlag | descriptorFlag | 0x0800;
const fileTypeMask = 0o170000;
/** No deflate stream holds more: 258 bytes from 2 bits. */
const deflateRatioLimit = 1032;
/** Real files reach 1000:1 at 3 MB, real wheels 18:1; what is above both figures of a row is a bomb. */
const bombs = {
  member: { sizeBytes: 8 * 1024 * 1024, ratio: 250 },
  archive: { sizeBytes: 64 * 1024 * 1024, ratio: 100 },
} as const;

interface Placed {
  readonly header: CentralHeader;
  readonly headerOffset: number;
  readonly dataOffset: number;
}

/**
 * Reads an archive's table of contents and checks every file's own header against it. Data is not read: memory is
 * bounded by the table, whatever the archive's size. `label` is what errors call the archive.
 */
export function readZip(path: string, label: string = basename(path)): ZipArchive {
  const file = new ArchiveFile(path, label);
  try {
    const directory = findDirectory(file);
    const placed = readDirectory(file, directory).map((header) => place(file, directory, header));
    refuseOverlap(placed, directory.offset, label);
    refuseBomb(placed, file.sizeBytes, label);
    const strayBytes = directory.prefixBytes + directory.suffixBytes;
    return { path, sizeBytes: file.sizeBytes, strayBytes, ...collect(placed, path, label) };
  } finally {
    file.close();
  }
}

function place(file: ArchiveFile, directory: Directory, header: CentralHeader): Placed {
  const name = header.name.toString('latin1');
  refuseOddity(header, name, file.label);
  const headerOffset = directory.prefixBytes + header.localOffset;
  const local = readLocalHeader(file, headerOffset, header.name.length);
  const deferred = (header.flags & descriptorFlag) !== 0;
  const agrees = (field: 'crc32' | 'sizeBytes' | 'compressedSizeBytes'): boolean =>
    local[field] === header[field] || (deferred && local[field] === 0);
  const same =
    local.name.equals(header.name) &&
    local.method === header.method &&
    (local.flags & readingFlags) === (header.flags & readingFlags) &&
    agrees('crc32') &&
    agrees('sizeBytes') &&
    agrees('compressedSizeBytes');
  if (!same) throw wheelError('headers-disagree', file.label, name);
  return { header, headerOffset, dataOffset: local.dataOffset };
}

function refuseOddity(header: CentralHeader, name: string, label: string): void {
  if ((header.flags & encryptedFlags) !== 0) throw wheelError('encrypted', label, name);
  if ((header.flags & patchFlag) !== 0) throw wheelError('zip-unsupported', label, `${name} is a patch`);
  if (header.method !== 0 && header.method !== 8)
    throw wheelError('method-unknown', label, `${name}: ${header.method}`);
  if (header.method === 0 && header.sizeBytes !== header.compressedSizeBytes) {
    throw wheelError('headers-disagree', label, `${name} is stored with two sizes`);
  }
  // Info-ZIP's second name (APPNOTE 4.6.9): readers differ in which they take.
  const second = extraField(header.extra, 0x7075)?.subarray(5);
  if (second !== undefined && !second.equals(header.name)) throw wheelError('headers-disagree', label, name);
}

/** Each file has its bytes to itself, and all stand before the directory. */
function refuseOverlap(placed: readonly Placed[], directoryOffset: number, label: string): void {
  const inOrder = [...placed].sort((a, b) => a.headerOffset - b.headerOffset);
  for (const [index, { header, dataOffset }] of inOrder.entries()) {
    const limit = inOrder[index + 1]?.headerOffset ?? directoryOffset;
    if (dataOffset + header.compressedSizeBytes > limit) {
      throw wheelError('members-overlap', label, header.name.toString('latin1'));
    }
  }
}

function refuseBomb(placed: readonly Placed[], archiveBytes: number, label: string): void {
  let total = 0;
  for (const { header } of placed) {
    const { sizeBytes, compressedSizeBytes } = header;
    total += sizeBytes;
    const impossible = sizeBytes > compressedSizeBytes * deflateRatioLimit;
    if (impossible || tooDense(sizeBytes, compressedSizeBytes, bombs.member)) {
      const name = header.name.toString('latin1');
      throw wheelError('bomb', label, `${name}: ${sizeBytes} bytes from ${compressedSizeBytes}`);
    }
  }
  if (tooDense(total, archiveBytes, bombs.archive)) {
    throw wheelError('bomb', label, `${total} bytes from ${archiveBytes}`);
  }
}

function tooDense(size: number, compressed: number, limit: { sizeBytes: number; ratio: number }): boolean {
  return size > limit.sizeBytes && size > compressed * limit.ratio;
}

function collect(
  placed: readonly Placed[],
  archive: string,
  label: string,
): Pick<ZipArchive, 'files' | 'folders' | 'duplicates'> {
  const files = new Map<string, ZipFile>();
  const folders = new Set<string>();
  const duplicates = new Set<string>();
  for (const { header, dataOffset } of placed) {
    const { path, folder } = memberName(header.name, header.flags, label);
    if (folder) {
      folders.add(path);
      continue;
    }
    const file = { path, mode: unixMode(header, path, label), ...data(header, dataOffset, archive) };
    const before = files.get(path);
    if (before !== undefined && !sameBytes(before, file)) duplicates.add(path);
    files.set(path, file);
  }
  refuseFileAndFolder(files.keys(), folders, label);
  return { files: [...files.values()], folders: [...folders], duplicates: [...duplicates] };
}

function data(header: CentralHeader, offset: number, archive: string): Pick<ZipFile, 'sizeBytes' | 'content'> {
  const { sizeBytes, compressedSizeBytes, crc32 } = header;
  const method = header.method === 0 ? 0 : 8;
  return { sizeBytes, content: { kind: 'zip-member', archive, offset, compressedSizeBytes, method, crc32 } };
}

function sameBytes(a: ZipFile, b: ZipFile): boolean {
  return a.sizeBytes === b.sizeBytes && a.content.crc32 === b.content.crc32;
}

function unixMode(header: CentralHeader, path: string, label: string): number {
  const mode = header.externalAttributes >>> 16;
  const type = mode & fileTypeMask;
  if (type === 0o120000) throw wheelError('symlink', label, JSON.stringify(path));
  if (type !== 0 && type !== 0o100000) throw wheelError('special-file', label, JSON.stringify(path));
  return mode;
}

/** Refuses a path that is a file for one member and a folder for another. */
export function refuseFileAndFolder(files: Iterable<string>, folders: Iterable<string>, label: string): void {
  const fileSet = new Set(files);
  const seen = new Set<string>();
  const refuse = (folder: string): void => {
    for (let path = folder; path !== '' && !seen.has(path); path = parent(path)) {
      if (fileSet.has(path)) throw wheelError('file-and-folder', label, JSON.stringify(path));
      seen.add(path);
    }
  };
  for (const folder of folders) refuse(folder);
  for (const file of fileSet) refuse(parent(file));
}

/** The folder of a relative path; empty for one at the top. */
export function parent(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
