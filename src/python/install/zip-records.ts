import type { ArchiveFile } from './archive-file.ts';
import { wheelError } from './problem.ts';

// The records of a zip archive as APPNOTE 6.3.10 has them; section numbers are that document's.

const endSize = 22;
const end64Size = 56;
const locatorSize = 20;
const headerSize = 46;
const unset16 = 0xffff;
const unset32 = 0xffffffff;
/** Far above what a wheel has (the largest known have some 30,000 files), far below what would hurt. */
const directoryLimitBytes = 32 * 1024 * 1024;

const localHeaderSize = 30;
const localSignature = 0x04034b50;

/** Where the central directory is, measured from the file's start. */
export interface Directory {
  readonly offset: number;
  readonly sizeBytes: number;
  readonly count: number;
  /** Bytes before the archive proper; every offset in it counts from behind them. */
  readonly prefixBytes: number;
  /** Bytes behind the archive's end and its comment. */
  readonly suffixBytes: number;
}

/** One file header (4.3.12), or what a local header (4.3.7) says of the same. */
export interface Header {
  readonly flags: number;
  readonly method: number;
  readonly crc32: number;
  readonly compressedSizeBytes: number;
  readonly sizeBytes: number;
  readonly name: Buffer;
  readonly extra: Buffer;
}

export interface CentralHeader extends Header {
  readonly externalAttributes: number;
  /** Of the local header, from the start of the archive proper. */
  readonly localOffset: number;
}

/**
 * Finds the directory as Python's zipfile does: the last end record (4.3.16) in the file's last 64 KiB counts, whatever
 * stands behind it, and bytes before the archive are passed over. So pip and we always see the same archive.
 */
export function findDirectory(file: ArchiveFile): Directory {
  const tailStart = Math.max(0, file.sizeBytes - endSize - unset16 - 1);
  const tail = file.read(tailStart, file.sizeBytes - tailStart);
  const at = lastEnd(tail);
  if (at === undefined) throw wheelError('not-a-zip', file.label, 'no end record');
  const end = tail.subarray(at);
  const classic = {
    disk: end.readUInt16LE(4),
    directoryDisk: end.readUInt16LE(6),
    countHere: end.readUInt16LE(8),
    count: end.readUInt16LE(10),
    sizeBytes: end.readUInt32LE(12),
    offset: end.readUInt32LE(16),
  };
  const endOffset = tailStart + at;
  const wide = wideEnd(file, endOffset);
  const said = wide === undefined ? classic : merged(file, classic, wide);
  if (said.disk !== 0 || said.directoryDisk !== 0 || said.count !== said.countHere) {
    throw wheelError('zip-unsupported', file.label, 'it is spread over several disks');
  }
  const directoryEnd = wide === undefined ? endOffset : endOffset - locatorSize - end64Size;
  const prefixBytes = directoryEnd - said.sizeBytes - said.offset;
  if (prefixBytes < 0) throw wheelError('zip-damaged', file.label, 'the table of contents is cut');
  if (said.sizeBytes > directoryLimitBytes) {
    throw wheelError('too-large', file.label, `a table of contents of ${said.sizeBytes} bytes`);
  }
  const suffixBytes = Math.max(0, end.length - endSize - end.readUInt16LE(20));
  return { offset: prefixBytes + said.offset, sizeBytes: said.sizeBytes, count: said.count, prefixBytes, suffixBytes };
}

/** Every header of the directory, in its order; it must hold exactly as many as it says and not a byte more. */
export function readDirectory(file: ArchiveFile, directory: Directory): CentralHeader[] {
  const bytes = file.read(directory.offset, directory.sizeBytes);
  const headers: CentralHeader[] = [];
  let at = 0;
  while (at < bytes.length) {
    const length = centralLength(bytes, at);
    if (length === undefined) throw wheelError('zip-damaged', file.label, `header ${headers.length + 1} is broken`);
    headers.push(centralHeader(file, bytes.subarray(at, at + length)));
    at += length;
  }
  if (headers.length !== directory.count) {
    throw wheelError('zip-damaged', file.label, `${headers.length} headers, not ${directory.count}`);
  }
  return headers;
}

/** The local header at an offset of the file, and where its data begins. */
export function readLocalHeader(
  file: ArchiveFile,
  offset: number,
  nameLength: number,
): Header & { dataOffset: number } {
  const likely = Math.min(localHeaderSize + nameLength + 64, file.sizeBytes - offset);
  let bytes = file.read(offset, likely);
  if (bytes.length < localHeaderSize || bytes.readUInt32LE(0) !== localSignature) {
    throw wheelError('zip-damaged', file.label, `no file header at byte ${offset}`);
  }
  const nameEnd = localHeaderSize + bytes.readUInt16LE(26);
  const length = nameEnd + bytes.readUInt16LE(28);
  if (length > bytes.length) bytes = file.read(offset, length);
  const extra = bytes.subarray(nameEnd, length);
  const widen = widener(file, extra);
  return {
    flags: bytes.readUInt16LE(6),
    method: bytes.readUInt16LE(8),
    crc32: bytes.readUInt32LE(14),
    sizeBytes: widen(bytes.readUInt32LE(22)),
    compressedSizeBytes: widen(bytes.readUInt32LE(18)),
    name: bytes.subarray(localHeaderSize, nameEnd),
    extra,
    dataOffset: offset + length,
  };
}

function lastEnd(tail: Buffer): number | undefined {
  const at = tail.lastIndexOf('PK\u0005\u0006', tail.length - endSize, 'latin1');
  return tail.length < endSize || at < 0 ? undefined : at;
}

type End = Record<'disk' | 'directoryDisk' | 'countHere' | 'count' | 'sizeBytes' | 'offset', number>;

/** The zip64 end record (4.3.14), which must stand right before its locator (4.3.15) and that before the end record. */
function wideEnd(file: ArchiveFile, endOffset: number): End | undefined {
  if (endOffset < locatorSize) return undefined;
  const locator = file.read(endOffset - locatorSize, locatorSize);
  if (locator.readUInt32LE(0) !== 0x07064b50) return undefined;
  if (locator.readUInt32LE(4) !== 0 || locator.readUInt32LE(16) > 1) {
    throw wheelError('zip-unsupported', file.label, 'it is spread over several disks');
  }
  const at = endOffset - locatorSize - end64Size;
  if (at < 0) throw wheelError('zip-damaged', file.label, 'no zip64 end record');
  const record = file.read(at, end64Size);
  if (record.readUInt32LE(0) !== 0x06064b50 || wideNumber(file, record, 4) !== end64Size - 12) {
    throw wheelError('zip-damaged', file.label, 'no zip64 end record before its locator');
  }
  return {
    disk: record.readUInt32LE(16),
    directoryDisk: record.readUInt32LE(20),
    countHere: wideNumber(file, record, 24),
    count: wideNumber(file, record, 32),
    sizeBytes: wideNumber(file, record, 40),
    offset: wideNumber(file, record, 48),
  };
}

/** A field of the classic record that is not left open must say the same as the wide one: readers differ in which they take. */
function merged(file: ArchiveFile, classic: End, wide: End): End {
  const agree = (name: keyof End, open: number): boolean => classic[name] === open || classic[name] === wide[name];
  const counts = (['disk', 'directoryDisk', 'countHere', 'count'] as const).every((name) => agree(name, unset16));
  if (counts && agree('sizeBytes', unset32) && agree('offset', unset32)) return wide;
  throw wheelError('headers-disagree', file.label, 'the two end records');
}

function centralLength(bytes: Buffer, at: number): number | undefined {
  if (at + headerSize > bytes.length || bytes.readUInt32LE(at) !== 0x02014b50) return undefined;
  const length = headerSize + bytes.readUInt16LE(at + 28) + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  return at + length > bytes.length ? undefined : length;
}

function centralHeader(file: ArchiveFile, bytes: Buffer): CentralHeader {
  const nameEnd = headerSize + bytes.readUInt16LE(28);
  const extra = bytes.subarray(nameEnd, nameEnd + bytes.readUInt16LE(30));
  const disk = bytes.readUInt16LE(34);
  if (disk !== 0 && disk !== unset16)
    throw wheelError('zip-unsupported', file.label, 'it is spread over several disks');
  const widen = widener(file, extra);
  return {
    flags: bytes.readUInt16LE(8),
    method: bytes.readUInt16LE(10),
    crc32: bytes.readUInt32LE(16),
    sizeBytes: widen(bytes.readUInt32LE(24)),
    compressedSizeBytes: widen(bytes.readUInt32LE(20)),
    localOffset: widen(bytes.readUInt32LE(42)),
    externalAttributes: bytes.readUInt32LE(38),
    name: bytes.subarray(headerSize, nameEnd),
    extra,
  };
}

/** Fields that are left open stand in the zip64 extra field (4.5.3), only those: they must be asked for in its order. */
function widener(file: ArchiveFile, extra: Buffer): (narrow: number) => number {
  let wide = extraField(extra, 0x0001);
  return (narrow) => {
    if (narrow !== unset32 || wide === undefined) return narrow;
    if (wide.length < 8) throw wheelError('zip-damaged', file.label, 'a zip64 field is cut');
    const value = wideNumber(file, wide, 0);
    wide = wide.subarray(8);
    return value;
  };
}

/** The data of the first extra field of this kind (4.5.1). */
export function extraField(extra: Buffer, kind: number): Buffer | undefined {
  for (let at = 0; at + 4 <= extra.length;) {
    const length = extra.readUInt16LE(at + 2);
    if (extra.readUInt16LE(at) === kind) return extra.subarray(at + 4, at + 4 + length);
    at += 4 + length;
  }
  return undefined;
}

function wideNumber(file: ArchiveFile, bytes: Buffer, at: number): number {
  const value = bytes.readBigUInt64LE(at);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw wheelError('zip-damaged', file.label, `the number ${value}`);
  return Number(value);
}
