import { type Elf, readElf } from '../../elf.ts';
import { scanMember, type Member } from './member.ts';

/** A part of a member, in bytes of its content. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/** More passes are only for files whose parts point backwards again and again; real ones need two. */
const maxPasses = 4;

/**
 * Reads the ELF headers and dynamic section of a zip's member, however large: it is inflated as far as the parts go that
 * the file names, and only those are kept. Parts stand before what names them or behind it, so it may begin anew.
 * Errors: 'wheel-invalid' for a member that cannot be inflated; its checksum is not looked at.
 */
export async function readElfMember(member: Member, wheel: string): Promise<Elf | undefined> {
  const parts = new Parts(member.sizeBytes);
  let elf = parts.read();
  for (let pass = 0; pass < maxPasses && parts.missing.length > 0; pass += 1) {
    let position = 0;
    await scanMember(member, wheel, (chunk) => {
      parts.take(position, chunk);
      position += chunk.length;
      if (parts.missing.some(({ end }) => end > position)) return true;
      elf = parts.read();
      // What is wanted next is ahead, or behind and so for the next pass.
      return parts.missing.length > 0 && parts.missing.every(({ start }) => start >= position);
    });
  }
  return elf;
}

/** The parts of a file that are known, and those that a reader asked for in vain. */
class Parts {
  missing: readonly Range[] = [];
  readonly #sizeBytes: number;
  readonly #known: { readonly start: number; readonly bytes: Buffer }[] = [];

  constructor(sizeBytes: number) {
    this.#sizeBytes = sizeBytes;
  }

  /** Reads as far as parts are known; `missing` is what was not. */
  read(): Elf | undefined {
    const missing: Range[] = [];
    const elf = readElf((offset, length) => {
      const range = { start: offset, end: Math.min(offset + length, this.#sizeBytes) };
      if (range.end <= range.start) return Buffer.alloc(0);
      const known = this.#known.find(({ start, bytes }) => start <= range.start && range.end <= start + bytes.length);
      if (known !== undefined) return known.bytes.subarray(range.start - known.start, range.end - known.start);
      missing.push(range);
      return Buffer.alloc(0);
    });
    this.missing = joinRanges(missing);
    for (const { start, end } of this.missing) this.#known.push({ start, bytes: Buffer.alloc(end - start) });
    return elf;
  }

  /** Keeps what of a chunk is wanted. */
  take(position: number, chunk: Buffer): void {
    for (const { start, bytes } of this.#known.slice(this.#known.length - this.missing.length)) {
      const from = Math.max(start, position);
      const to = Math.min(start + bytes.length, position + chunk.length);
      if (from < to) chunk.copy(bytes, from - start, from - position, to - position);
    }
  }
}

/** The same bytes in as few ranges as hold them, in their order. */
function joinRanges(ranges: readonly Range[]): readonly Range[] {
  const joined: Range[] = [];
  for (const range of ranges.toSorted((a, b) => a.start - b.start)) {
    const last = joined.at(-1);
    if (last === undefined || range.start > last.end) joined.push(range);
    else joined[joined.length - 1] = { start: last.start, end: Math.max(last.end, range.end) };
  }
  return joined;
}
