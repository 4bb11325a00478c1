/** What {@link makeElf} puts into the file. */
export interface ElfParts {
  readonly bits?: 32 | 64;
  readonly littleEndian?: boolean;
  /** `e_machine`: 62 is x86_64, 183 aarch64. */
  readonly machine?: number;
  readonly flags?: number;
  readonly interpreter?: string;
  readonly needed?: readonly string[];
  readonly soname?: string;
  readonly rpath?: string;
  readonly runpath?: string;
  /** Zeros between the program headers and the rest, so that the dynamic section is far from the start. */
  readonly gapBytes?: number;
}

/** A small ELF file that says what is asked for, and cannot run. The loader sees it at 0x10000. */
export function makeElf(parts: ElfParts = {}): Buffer {
  const { bits = 64, littleEndian = true, machine = 62, flags = 0, interpreter, gapBytes = 0 } = parts;
  const number = (value: number, sizeBytes: number): Buffer => {
    const bytes = Buffer.alloc(sizeBytes);
    for (let index = 0; index < sizeBytes; index += 1)
      bytes[littleEndian ? index : sizeBytes - 1 - index] = Math.floor(value / 256 ** index) % 256;
    return bytes;
  };
  const [half, word] = [(value: number) => number(value, 2), (value: number) => number(value, 4)];
  const address = (value: number): Buffer => number(value, bits / 8);
  const [headerSize, segmentSize] = bits === 64 ? [64, 56] : [52, 32];

  const loader = interpreter === undefined ? Buffer.alloc(0) : Buffer.from(`${interpreter}\0`);
  const { strings, offsets } = stringTable(parts);
  const hasDynamic = offsets.length > 0;
  const segmentCount = 1 + Number(loader.length > 0) + Number(hasDynamic);
  const loaderAt = headerSize + segmentCount * segmentSize;
  const stringsAt = loaderAt + loader.length + gapBytes;
  const dynamicAt = stringsAt + strings.length;
  const base = 0x1_0000;
  const entries: (readonly [number, number])[] = [...offsets, [5, base + stringsAt], [10, strings.length], [0, 0]];
  const dynamic = hasDynamic
    ? Buffer.concat(entries.flatMap(([tag, value]) => [address(tag), address(value)]))
    : Buffer.alloc(0);
  const total = dynamicAt + dynamic.length;

  const segment = (type: number, offset: number, sizeBytes: number): Buffer => {
    const [at, size] = [address(base + offset), address(sizeBytes)];
    return bits === 64
      ? Buffer.concat([word(type), word(4), address(offset), at, at, size, size, address(1)])
      : Buffer.concat([word(type), address(offset), at, at, size, size, word(4), address(1)]);
  };
  return Buffer.concat([
    Buffer.from([0x7f, 0x45, 0x4c, 0x46, bits / 32, littleEndian ? 1 : 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    half(3),
    half(machine),
    word(1),
    address(0),
    address(headerSize),
    address(0),
    word(flags),
    half(headerSize),
    half(segmentSize),
    half(segmentCount),
    Buffer.alloc(6),
    segment(1, 0, total),
    ...(loader.length > 0 ? [segment(3, loaderAt, loader.length)] : []),
    ...(hasDynamic ? [segment(2, dynamicAt, dynamic.length)] : []),
    loader,
    Buffer.alloc(gapBytes),
    strings,
    dynamic,
  ]);
}

function stringTable({ needed = [], soname, rpath, runpath }: ElfParts): {
  strings: Buffer;
  offsets: (readonly [tag: number, offset: number])[];
} {
  let strings = '\0';
  const offsets: [number, number][] = [];
  const add = (tag: number, text: string | undefined): void => {
    if (text === undefined) return;
    offsets.push([tag, Buffer.byteLength(strings)]);
    strings += `${text}\0`;
  };
  for (const name of needed) add(1, name);
  add(14, soname);
  add(15, rpath);
  add(29, runpath);
  return { strings: Buffer.from(strings), offsets };
}
