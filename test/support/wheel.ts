import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';

/** A member of an archive that a test makes. What is not said is right; what is said is written as it is. */
export interface MemberSpec {
  readonly name: string | Buffer;
  readonly data?: string | Buffer;
  /** 0 stored, 8 deflated (the default). */
  readonly method?: number;
  /** Unix mode with its type bits; a regular 0644 file when absent. */
  readonly mode?: number;
  /** General purpose flags; bit 11 (UTF-8) is set for names that need it. */
  readonly flags?: number;
  /** Sizes and checksum stand behind the data (bit 3). */
  readonly descriptor?: boolean;
  /** Sizes stand in zip64 fields of both headers. */
  readonly zip64?: boolean;
  readonly extra?: Buffer;
  /** Bytes that take the place of the compressed data. */
  readonly raw?: Buffer;
  readonly crc32?: number;
  readonly sizeBytes?: number;
  /** What the local header says instead. */
  readonly local?: { name?: string; method?: number; flags?: number; crc32?: number; sizeBytes?: number };
  /** The directory points here instead. */
  readonly localOffset?: number;
}

export interface ZipSpec {
  readonly prefix?: Buffer;
  readonly suffix?: Buffer;
  readonly comment?: string;
  /** Writes zip64 end records and leaves the classic one open. */
  readonly zip64?: boolean;
  /** Fields of the end record, as they are written. */
  readonly end?: { disk?: number; count?: number; sizeBytes?: number; offset?: number };
}

/** A zip archive, the same bytes for the same specs: every date is 1980-01-01. */
export function makeZip(members: readonly MemberSpec[], spec: ZipSpec = {}): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const member of members) {
    const { local, central } = memberRecords(member, member.localOffset ?? offset);
    locals.push(local);
    centrals.push(central);
    offset += local.length;
  }
  const directory = Buffer.concat(centrals);
  const end = endRecords(members.length, directory.length, offset, spec);
  return Buffer.concat([spec.prefix ?? Buffer.alloc(0), ...locals, directory, end, spec.suffix ?? Buffer.alloc(0)]);
}

function memberRecords(spec: MemberSpec, offset: number): { local: Buffer; central: Buffer } {
  const name = Buffer.from(spec.name);
  const data = Buffer.from(spec.data ?? '');
  const method = spec.method ?? 8;
  const compressed = spec.raw ?? (method === 8 ? deflateRawSync(data) : data);
  const utf8 = typeof spec.name === 'string' && name.some((byte) => byte >= 0x80) ? 0x0800 : 0;
  const flags = spec.flags ?? utf8 | (spec.descriptor === true ? 8 : 0);
  const said = { crc: spec.crc32 ?? crc32(data), size: spec.sizeBytes ?? data.length, packed: compressed.length };
  const zip64 = spec.zip64 === true;
  const wide = zip64 ? field(1, long(said.size), long(said.packed)) : Buffer.alloc(0);
  const extra = Buffer.concat([wide, spec.extra ?? Buffer.alloc(0)]);
  const local = { ...said, flags, method, name };
  if (spec.descriptor === true) Object.assign(local, { crc: 0, size: 0, packed: 0 });
  if (spec.local?.crc32 !== undefined) local.crc = spec.local.crc32;
  if (spec.local?.sizeBytes !== undefined) local.size = spec.local.sizeBytes;
  const localName = spec.local?.name === undefined ? name : Buffer.from(spec.local.name);
  const head = (of: typeof local, ownName: Buffer): Buffer[] => [
    short(of.flags, of.method),
    short(0, 0x21),
    int(of.crc, zip64 ? 0xffffffff : of.packed, zip64 ? 0xffffffff : of.size),
    short(ownName.length, extra.length),
  ];
  const localFlags = spec.local?.flags ?? flags;
  const localMethod = spec.local?.method ?? method;
  const descriptor = spec.descriptor === true ? int(0x08074b50, said.crc, said.packed, said.size) : Buffer.alloc(0);
  const localHead = head({ ...local, flags: localFlags, method: localMethod }, localName);
  const central = head({ ...said, flags, method, name }, name);
  return {
    local: Buffer.concat([int(0x04034b50), short(20), ...localHead, localName, extra, compressed, descriptor]),
    central: Buffer.concat([
      int(0x02014b50),
      short(0x0314, 20),
      ...central,
      short(0, 0, 0),
      int(((spec.mode ?? 0o100644) << 16) >>> 0, offset),
      name,
      extra,
    ]),
  };
}

function endRecords(count: number, sizeBytes: number, offset: number, spec: ZipSpec): Buffer {
  const comment = Buffer.from(spec.comment ?? '');
  const open = spec.zip64 === true;
  const said = open ? { count: 0xffff, sizeBytes: 0xffffffff, offset: 0xffffffff } : { count, sizeBytes, offset };
  const end = { disk: 0, ...said, ...spec.end };
  const wide = Buffer.concat([
    int(0x06064b50),
    long(44),
    short(45, 45),
    int(0, 0),
    ...[count, count, sizeBytes, offset].map(long),
    int(0x07064b50, 0),
    long(offset + sizeBytes),
    int(1),
  ]);
  return Buffer.concat([
    open ? wide : Buffer.alloc(0),
    int(0x06054b50),
    short(end.disk, end.disk, end.count, end.count),
    int(end.sizeBytes, end.offset),
    short(comment.length),
    comment,
  ]);
}

function field(kind: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([short(kind, body.length), body]);
}

function short(...values: readonly number[]): Buffer {
  return numbers(values, 2, (buffer, value, at) => buffer.writeUInt16LE(value, at));
}

function int(...values: readonly number[]): Buffer {
  return numbers(values, 4, (buffer, value, at) => buffer.writeUInt32LE(value, at));
}

function long(value: number): Buffer {
  return numbers([value], 8, (buffer, number, at) => buffer.writeBigUInt64LE(BigInt(number), at));
}

function numbers(
  values: readonly number[],
  width: number,
  write: (buffer: Buffer, value: number, at: number) => void,
): Buffer {
  const buffer = Buffer.alloc(values.length * width);
  for (const [index, value] of values.entries()) write(buffer, value, index * width);
  return buffer;
}

export interface WheelSpec {
  /** `demo` when absent. */
  readonly name?: string;
  /** `1.0` when absent. */
  readonly version?: string;
  /** `py3-none-any` when absent. */
  readonly tag?: string;
  /** Members beside the metadata: contents by path, or whole specs. */
  readonly files?: Readonly<Record<string, string | Buffer>>;
  readonly members?: readonly MemberSpec[];
  /** Takes the place of a file of .dist-info, by its name; undefined leaves it out. */
  readonly info?: Readonly<Record<string, string | undefined>>;
  readonly entryPoints?: string;
  /** Lines that METADATA gets after its version. */
  readonly metadata?: readonly string[];
  readonly zip?: ZipSpec;
}

export interface MadeWheel {
  readonly filename: string;
  readonly bytes: Buffer;
}

/** A small wheel with a right RECORD. */
export function makeWheel(spec: WheelSpec = {}): MadeWheel {
  const { name = 'demo', version = '1.0', tag = 'py3-none-any' } = spec;
  const info = `${name}-${version}.dist-info`;
  const own: MemberSpec[] = Object.entries(spec.files ?? {}).map(([path, data]) => ({ name: path, data }));
  const texts: Record<string, string | undefined> = {
    METADATA: ['Metadata-Version: 2.1', `Name: ${name}`, `Version: ${version}`, ...(spec.metadata ?? []), ''].join(
      '\n',
    ),
    WHEEL: `Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: ${tag}\n`,
    ...(spec.entryPoints !== undefined && { 'entry_points.txt': spec.entryPoints }),
    ...spec.info,
  };
  const listed = [...own, ...(spec.members ?? [])];
  for (const [file, data] of Object.entries(texts)) {
    if (data !== undefined && file !== 'RECORD') listed.push({ name: `${info}/${file}`, data });
  }
  const record = 'RECORD' in texts ? texts['RECORD'] : recordOf(listed, `${info}/RECORD`);
  if (record !== undefined) listed.push({ name: `${info}/RECORD`, data: record });
  return { filename: `${name}-${version}-${tag}.whl`, bytes: makeZip(listed, spec.zip) };
}

/** Makes a wheel and writes it into a folder; gives the path. */
export async function writeWheel(folder: string, spec: WheelSpec = {}): Promise<{ path: string; filename: string }> {
  const { filename, bytes } = makeWheel(spec);
  const path = join(folder, filename);
  await writeFile(path, bytes);
  return { path, filename };
}

function recordOf(members: readonly MemberSpec[], own: string): string {
  const rows = members.map(({ name, data = '' }) => {
    const hash = createHash('sha256').update(data).digest('base64url');
    return `${name.toString()},sha256=${hash},${Buffer.byteLength(data)}\n`;
  });
  return `${rows.join('')}${own},,\n`;
}
