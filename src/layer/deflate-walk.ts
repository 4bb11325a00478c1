import { BitReader, slackBytes } from './bit-reader.ts';
import { decodeSymbol, eachCode, type Huffman, huffman } from './huffman.ts';

/** Where a raw deflate stream ends, in bits from its start. */
export interface DeflateEnds {
  /** The bit that says that the last block is the last. */
  readonly lastBlockBit: number;
  /** The first bit behind the stream. */
  readonly endBit: number;
}

/**
 * Walks a raw deflate stream's Huffman codes without producing output; `windowAt` as for {@link BitReader}. Undefined for
 * what is no deflate stream of `sizeBytes`; that a stream is valid in all other respects (distances, sizes) is for
 * inflate to say.
 *
 * @see https://www.rfc-editor.org/rfc/rfc1951
 */
export function walkDeflate(sizeBytes: number, windowAt: (fromByte: number) => Buffer): DeflateEnds | undefined {
  const bits = new BitReader(sizeBytes, windowAt);
  for (;;) {
    bits.slide();
    const lastBlockBit = bits.position;
    const isLast = bits.take(1) === 1;
    if (!skipBlock(bits, bits.take(2))) return undefined;
    if (bits.isBehindEnd) return undefined;
    if (isLast) return { lastBlockBit, endBit: bits.position };
  }
}

/**
 * Where the stream ends that has its last block at or just before `lastBlockByte`, its last byte before `endByte`, and
 * nothing wrong. Undefined where the block can be thought to begin with several bits.
 * @param bytes with slackBytes behind the stream
 */
export function walkLastBlock(bytes: Buffer, lastBlockByte: number, endByte: number): DeflateEnds | undefined {
  const found: DeflateEnds[] = [];
  for (let bit = lastBlockByte * 8; bit >= Math.max(0, lastBlockByte * 8 - 7); bit--) {
    const endBit = endOfLastBlock(new BitReader(endByte, (from) => bytes.subarray(from, endByte + slackBytes), bit));
    if (endBit !== undefined && Math.ceil(endBit / 8) === endByte) found.push({ lastBlockBit: bit, endBit });
  }
  return found.length === 1 ? found[0] : undefined;
}

/** Undefined where no block begins that is the last. */
function endOfLastBlock(bits: BitReader): number | undefined {
  bits.slide();
  if (bits.take(1) === 0 || !skipBlock(bits, bits.take(2))) return undefined;
  return bits.position;
}

function skipBlock(bits: BitReader, type: number): boolean {
  if (type === 0) return skipStored(bits);
  const tables = type === 1 ? fixedTables() : type === 2 ? readTables(bits) : undefined;
  if (tables === undefined) return false;
  for (;;) {
    const end = skipSymbols(bits, tables);
    if (end !== 'limit') return end === 'block';
    if (bits.isAtEnd) return false;
    bits.slide();
  }
}

function skipStored(bits: BitReader): boolean {
  bits.align();
  const length = bits.take(16);
  const complement = bits.take(16);
  bits.skip(length * 8);
  return (length ^ complement) === 0xffff;
}

const literalTableBits = 11;
const distanceTableBits = 9;
const endOfBlock = 256;
const lengthExtra = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const codeLengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/**
 * What the next bits of the stream stand for. An entry holds in its two lowest bits what comes next (another literal or
 * length, a distance, the next block), or that the table is too short for the code; in the four above the code's
 * length; above that how many bits to pass over, extra bits among them.
 */
interface Tables {
  readonly literals: Int32Array;
  readonly distances: Int32Array;
  readonly literalCode: Huffman;
  readonly distanceCode: Huffman;
}

const nextLiteral = 0;
const nextDistance = 1;
const nextBlock = 2;
const longCode = 3;

function skipSymbols(bits: BitReader, tables: Tables): 'block' | 'limit' | 'invalid' {
  const { literals, distances } = tables;
  const { view, limitBit } = bits;
  const literalMask = (1 << literalTableBits) - 1;
  const distanceMask = (1 << distanceTableBits) - 1;
  let bit = bits.bit;
  let end: 'block' | 'limit' | 'invalid' = 'limit';
  while (bit < limitBit) {
    const word = view.getInt32(bit >> 3, true) >>> (bit & 7);
    let entry = literals[word & literalMask] ?? longCode;
    if ((entry & 3) === longCode) entry = longLiteral(tables.literalCode, word);
    const used = entry >> 6;
    bit += used;
    const next = entry & 3;
    if (next === nextLiteral) continue;
    if (next !== nextDistance) {
      end = next === nextBlock ? 'block' : 'invalid';
      break;
    }
    // Of the word's 25 bits at most 16 are used here, so the table's 9 are still in it.
    entry = used > 16 ? longCode : (distances[(word >>> used) & distanceMask] ?? longCode);
    if ((entry & 3) === longCode) {
      entry = longDistance(tables.distanceCode, view.getInt32(bit >> 3, true) >>> (bit & 7));
      if (entry === longCode) {
        end = 'invalid';
        break;
      }
    }
    bit += entry >> 6;
  }
  bits.bit = bit;
  return end;
}

function longLiteral(code: Huffman, word: number): number {
  const found = decodeSymbol(code, word);
  return found === -1 ? longCode : literalEntry(found >> 4, found & 15);
}

function longDistance(code: Huffman, word: number): number {
  const found = decodeSymbol(code, word);
  return found === -1 ? longCode : distanceEntry(found >> 4, found & 15);
}

function literalEntry(symbol: number, length: number): number {
  if (symbol < endOfBlock) return entryOf(length, 0, nextLiteral);
  if (symbol === endOfBlock) return entryOf(length, 0, nextBlock);
  const extra = lengthExtra[symbol - endOfBlock - 1];
  return extra === undefined ? longCode : entryOf(length, extra, nextDistance);
}

function distanceEntry(symbol: number, length: number): number {
  return symbol > 29 ? longCode : entryOf(length, Math.max(0, (symbol >> 1) - 1), nextLiteral);
}

function entryOf(length: number, extra: number, next: number): number {
  return ((length + extra) << 6) | (length << 2) | next;
}

function makeTables(literalLengths: Uint8Array, distanceLengths: Uint8Array): Tables {
  const literalCode = huffman(literalLengths);
  const distanceCode = huffman(distanceLengths);
  const single = tableOf(literalCode, literalTableBits, literalEntry);
  const distances = tableOf(distanceCode, distanceTableBits, distanceEntry);
  return { literals: withRuns(single), distances, literalCode, distanceCode };
}

function tableOf(code: Huffman, tableBits: number, entryOf: (symbol: number, length: number) => number): Int32Array {
  const table = new Int32Array(1 << tableBits).fill(longCode);
  eachCode(code, tableBits, (symbol, bits, length) => {
    const entry = entryOf(symbol, length);
    for (let index = bits; index < table.length; index += 1 << length) table[index] = entry;
  });
  return table;
}

/** Joins literals that fit into one entry, with a length or an end behind them, so that they are passed over at once. */
function withRuns(single: Int32Array): Int32Array {
  const runs = new Int32Array(single.length);
  for (let index = 0; index < single.length; index++) {
    let entry = single[index] ?? longCode;
    while ((entry & 3) === nextLiteral) {
      const used = entry >> 6;
      const next = single[index >> used] ?? longCode;
      const codeLength = (next >> 2) & 15;
      if ((next & 3) === longCode || used + codeLength > literalTableBits) break;
      entry = ((used + (next >> 6)) << 6) | (next & 63);
    }
    runs[index] = entry;
  }
  return runs;
}

let fixed: Tables | undefined;

function fixedTables(): Tables {
  fixed ??= makeTables(fixedLengths(), new Uint8Array(30).fill(5));
  return fixed;
}

function fixedLengths(): Uint8Array {
  return Uint8Array.from({ length: 288 }, (_, symbol) => (symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8));
}

function readTables(bits: BitReader): Tables | undefined {
  const literals = bits.take(5) + 257;
  const distances = bits.take(5) + 1;
  const lengths = readLengths(bits, bits.take(4) + 4, literals + distances);
  return lengths && makeTables(lengths.subarray(0, literals), lengths.subarray(literals));
}

/** The lengths of literal and distance codes, which are run-length encoded with a Huffman code of their own. */
function readLengths(bits: BitReader, codeLengths: number, total: number): Uint8Array | undefined {
  const ownLengths = new Uint8Array(19);
  for (const symbol of codeLengthOrder.slice(0, codeLengths)) ownLengths[symbol] = bits.take(3);
  const code = huffman(ownLengths);
  const lengths = new Uint8Array(total);
  for (let at = 0; at < total;) {
    const found = decodeSymbol(code, bits.peek());
    if (found === -1 || bits.isBehindEnd) return undefined;
    bits.skip(found & 15);
    const symbol = found >> 4;
    if (symbol < 16) {
      lengths[at++] = symbol;
      continue;
    }
    const value = symbol === 16 ? (lengths[at - 1] ?? 0) : 0;
    const repeat = symbol === 16 ? 3 + bits.take(2) : symbol === 17 ? 3 + bits.take(3) : 11 + bits.take(7);
    lengths.fill(value, at, at + repeat);
    at += repeat;
  }
  return lengths;
}
