/** What an ELF file says about itself (System V ABI, gabi4+). Nothing in it is trusted: what lies outside is absent. */
export interface Elf {
  readonly bits: 32 | 64;
  readonly littleEndian: boolean;
  /** `e_machine`. */
  readonly machine: number;
  /** `e_flags`. */
  readonly flags: number;
  /** Path of the loader (PT_INTERP); absent for libraries and static programs. */
  readonly interpreter?: string;
  /** What the loader reads; absent for static programs. */
  readonly dynamic?: ElfDynamic;
  /** False when a part that the file names is not there: the file, or what was given of it, is cut off. */
  readonly complete: boolean;
}

export interface ElfDynamic {
  /** DT_NEEDED, in order. */
  readonly needed: readonly string[];
  readonly soname?: string;
  /** DT_RPATH and DT_RUNPATH, at colons, `$ORIGIN` as it stands there. */
  readonly rpath: readonly string[];
  readonly runpath: readonly string[];
}

/** Gives the bytes at an offset: fewer, or none, where the file ends before. */
export type ReadAt = (offset: number, length: number) => Buffer;

const programHeaderType = { load: 1, dynamic: 2, interpreter: 3 };
const dynamicTag = { needed: 1, stringTable: 5, stringTableSize: 10, soname: 14, rpath: 15, runpath: 29 };

/** Most bytes of a path or library name, and of a dynamic section, that are read; real ones are far shorter. */
const maxText = 4096;
const maxDynamic = 65_536;

/**
 * Reads a file, its first bytes, or through a function only the parts that are needed. With the first 8 KiB all but
 * `dynamic` is usually there. Undefined for what is no ELF file.
 */
export function readElf(source: Buffer | ReadAt): Elf | undefined {
  const read: ReadAt =
    typeof source === 'function' ? source : (offset, length) => source.subarray(offset, offset + length);
  const header = readHeader(read);
  if (header === undefined) return undefined;
  const file = new File(read, header);
  const segments = readSegments(file, header);
  const interpreter = readInterpreter(file, segments);
  const dynamic = readDynamic(file, segments);
  const { bits, littleEndian, machine, flags } = header;
  return {
    bits,
    littleEndian,
    machine,
    flags,
    ...(interpreter !== undefined && { interpreter }),
    ...(dynamic && { dynamic }),
    complete: file.complete,
  };
}

interface Header {
  readonly bits: 32 | 64;
  readonly littleEndian: boolean;
  readonly machine: number;
  readonly flags: number;
  readonly segmentsOffset: number;
  readonly segmentSize: number;
  readonly segmentCount: number;
}

function readHeader(read: ReadAt): Header | undefined {
  const bytes = read(0, 64);
  if (bytes.length < 16 || bytes.toString('latin1', 0, 4) !== '\x7fELF') return undefined;
  const bits = bytes[4] === 1 ? 32 : 64;
  const littleEndian = bytes[5] === 1;
  if (![1, 2].includes(bytes[4] ?? 0) || ![1, 2].includes(bytes[5] ?? 0)) return undefined;
  if (bytes.length < (bits === 32 ? 52 : 64)) return undefined;
  const fields = new Fields(bytes, bits, littleEndian);
  const tail = bits === 32 ? 36 : 48;
  return {
    bits,
    littleEndian,
    machine: fields.half(18),
    flags: fields.word(tail),
    segmentsOffset: fields.address(bits === 32 ? 28 : 32),
    segmentSize: fields.half(tail + 6),
    segmentCount: fields.half(tail + 8),
  };
}

/** Numbers in the file's own size and order. Offsets must lie inside: callers ask for whole records first. */
class Fields {
  readonly bytes: Buffer;
  readonly #bits: 32 | 64;
  readonly #littleEndian: boolean;

  constructor(bytes: Buffer, bits: 32 | 64, littleEndian: boolean) {
    this.bytes = bytes;
    this.#bits = bits;
    this.#littleEndian = littleEndian;
  }

  half(offset: number): number {
    return this.#littleEndian ? this.bytes.readUInt16LE(offset) : this.bytes.readUInt16BE(offset);
  }

  word(offset: number): number {
    return this.#littleEndian ? this.bytes.readUInt32LE(offset) : this.bytes.readUInt32BE(offset);
  }

  /** Not exact above 2^53, where no file reaches. */
  address(offset: number): number {
    if (this.#bits === 32) return this.word(offset);
    return Number(this.#littleEndian ? this.bytes.readBigUInt64LE(offset) : this.bytes.readBigUInt64BE(offset));
  }
}

class File {
  readonly bits: 32 | 64;
  complete = true;
  readonly #read: ReadAt;
  readonly #littleEndian: boolean;

  constructor(read: ReadAt, { bits, littleEndian }: Header) {
    this.bits = bits;
    this.#read = read;
    this.#littleEndian = littleEndian;
  }

  /** The records of one size that stand there, whole ones only. */
  records(offset: number, sizeBytes: number, count: number): Fields[] {
    const bytes = this.bytes(offset, sizeBytes * count);
    return Array.from(
      { length: Math.floor(bytes.length / sizeBytes) },
      (_, index) =>
        new Fields(bytes.subarray(index * sizeBytes, (index + 1) * sizeBytes), this.bits, this.#littleEndian),
    );
  }

  bytes(offset: number, length: number): Buffer {
    const bytes = Number.isSafeInteger(offset + length) ? this.#read(offset, length) : Buffer.alloc(0);
    if (bytes.length < length) this.complete = false;
    return bytes;
  }

  /** The text up to its NUL, at most `limit` bytes; undefined where none ends there. */
  text(offset: number, limit: number): string | undefined {
    const isInside = limit > 0 && Number.isSafeInteger(offset);
    const bytes = isInside ? this.#read(offset, Math.min(limit, maxText)) : Buffer.alloc(0);
    const end = bytes.indexOf(0);
    if (end < 0) this.complete = false;
    return end < 0 ? undefined : bytes.toString('utf8', 0, end);
  }
}

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly sizeBytes: number;
}

function readSegments(file: File, { segmentsOffset, segmentSize, segmentCount }: Header): readonly Segment[] {
  const [length, offset, address, size] = file.bits === 32 ? [32, 4, 8, 16] : [56, 8, 16, 32];
  if (segmentCount === 0 || segmentSize !== length) return [];
  return file.records(segmentsOffset, length, segmentCount).map((fields) => ({
    type: fields.word(0),
    offset: fields.address(offset),
    address: fields.address(address),
    sizeBytes: fields.address(size),
  }));
}

function readInterpreter(file: File, segments: readonly Segment[]): string | undefined {
  const segment = segments.find(({ type }) => type === programHeaderType.interpreter);
  if (segment === undefined) return undefined;
  const length = Math.min(segment.sizeBytes, maxText);
  const bytes = file.bytes(segment.offset, length);
  return bytes.length < length ? undefined : bytes.toString('utf8').replace(/\0[^]*$/, '');
}

function readDynamic(file: File, segments: readonly Segment[]): ElfDynamic | undefined {
  const segment = segments.find(({ type }) => type === programHeaderType.dynamic);
  if (segment === undefined) return undefined;
  const width = file.bits / 8;
  const count = Math.floor(Math.min(segment.sizeBytes, maxDynamic) / (2 * width));
  const all = file
    .records(segment.offset, 2 * width, count)
    .map((fields) => ({ tag: fields.address(0), value: fields.address(width) }));
  const end = all.findIndex(({ tag }) => tag === 0);
  const entries = end < 0 ? all : all.slice(0, end);
  const values = (wanted: number): number[] => entries.filter(({ tag }) => tag === wanted).map(({ value }) => value);
  return readNames(file, segments, values);
}

function readNames(
  file: File,
  segments: readonly Segment[],
  values: (tag: number) => readonly number[],
): ElfDynamic | undefined {
  const [address] = values(dynamicTag.stringTable);
  const [sizeBytes = 0] = values(dynamicTag.stringTableSize);
  const start = address === undefined ? undefined : fileOffset(segments, address);
  const texts = (tag: number): string[] =>
    values(tag).flatMap((at) => (start === undefined ? [] : (file.text(start + at, sizeBytes - at) ?? [])));
  const paths = (tag: number): string[] =>
    texts(tag)
      .flatMap((text) => text.split(':'))
      .filter((path) => path !== '');
  if (start === undefined) {
    file.complete = false;
    return undefined;
  }
  const [soname] = texts(dynamicTag.soname);
  return {
    needed: texts(dynamicTag.needed),
    ...(soname !== undefined && { soname }),
    rpath: paths(dynamicTag.rpath),
    runpath: paths(dynamicTag.runpath),
  };
}

const machines: Readonly<Record<string, string>> = {
  '3/32/little': 'i686',
  '21/64/big': 'ppc64',
  '21/64/little': 'ppc64le',
  '22/64/big': 's390x',
  '62/64/little': 'x86_64',
  '183/64/little': 'aarch64',
  '243/64/little': 'riscv64',
  '258/64/little': 'loongarch64',
};

/**
 * The kind of machine that the file is for, as `platform.machine()` says it: equal for files that can be loaded
 * together. Only 32-bit ARM differs, where the file tells the calling convention (`armhf`, `armel`) but not the version.
 * Undefined for machines that have no wheels.
 */
export function elfMachine({ machine, bits, littleEndian, flags }: Elf): string | undefined {
  const key = `${machine}/${bits}/${littleEndian ? 'little' : 'big'}`;
  if (key === '40/32/little') return (flags & 0x400) === 0 ? 'armel' : 'armhf';
  return machines[key];
}

/** Where the file keeps what the loader puts at an address. */
function fileOffset(segments: readonly Segment[], address: number): number | undefined {
  const segment = segments.find(
    (one) => one.type === programHeaderType.load && address >= one.address && address < one.address + one.sizeBytes,
  );
  return segment && segment.offset + (address - segment.address);
}
