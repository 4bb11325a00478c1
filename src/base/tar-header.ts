/** One 512-byte header block of a tar, as ustar, GNU tar and PAX have it. */
export interface TarBlock {
  readonly name: string;
  readonly sizeBytes: number;
  /** The type flag, `0` for what old tars leave empty. */
  readonly flag: string;
  readonly target: string;
}

export const blockBytes = 512;

/** undefined for what is not a header: its checksum is wrong, or its size is not a number. */
export function readTarBlock(block: Buffer): TarBlock | undefined {
  const sizeBytes = numberAt(block, 124, 12);
  if (checksum(block) !== numberAt(block, 148, 8) || !Number.isSafeInteger(sizeBytes) || sizeBytes < 0)
    return undefined;
  const isPosix = block.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isPosix ? textAt(block, 345, 155) : '';
  const name = textAt(block, 0, 100);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    sizeBytes,
    flag: block[156] === 0 ? '0' : String.fromCharCode(block[156] ?? 0),
    target: textAt(block, 157, 100),
  };
}

/** The records of a PAX extended header: `<length> <key>=<value>\n`, the length in bytes. */
export function readPax(bytes: Buffer): ReadonlyMap<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    const length = Number(bytes.toString('latin1', at, Math.max(at, space)));
    if (space === -1 || !Number.isSafeInteger(length) || length < 5) break;
    const record = bytes.toString('utf8', space + 1, at + length - 1);
    const equals = record.indexOf('=');
    if (equals > 0) records.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
  }
  return records;
}

function textAt(block: Buffer, offset: number, length: number): string {
  const field = block.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? length : end);
}

/** Octal digits, or GNU's base-256 where the first bit is set. */
function numberAt(block: Buffer, offset: number, length: number): number {
  const field = block.subarray(offset, offset + length);
  if (((field[0] ?? 0) & 0x80) === 0) return Number.parseInt(textAt(block, offset, length).trim() || '0', 8);
  return field.subarray(1).reduce((sum, byte) => sum * 256 + byte, (field[0] ?? 0) & 0x7f);
}

/** The sum of the block's bytes, with spaces in place of the checksum itself. */
function checksum(block: Buffer): number {
  return block.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0);
}
