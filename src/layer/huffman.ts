/** A canonical Huffman code of deflate, ready to be walked. @see https://www.rfc-editor.org/rfc/rfc1951#section-3.2.2 */
export interface Huffman {
  /** How many codes there are of each length, 0–15 bits. */
  readonly counts: Uint16Array;
  /** Symbols by the length of their code, then by value. */
  readonly symbols: Uint16Array;
}

export const longestCode = 15;

/** From the length in bits of each symbol's code; 0 for symbols that have none. */
export function huffman(lengths: Uint8Array): Huffman {
  const counts = new Uint16Array(longestCode + 1);
  for (const length of lengths) counts[length] = at(counts, length) + 1;
  counts[0] = 0;
  const starts = new Uint16Array(longestCode + 1);
  for (let length = 1; length < longestCode; length++) starts[length + 1] = at(starts, length) + at(counts, length);
  const symbols = new Uint16Array(lengths.length);
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = at(lengths, symbol);
    if (length === 0) continue;
    const start = at(starts, length);
    symbols[start] = symbol;
    starts[length] = start + 1;
  }
  return { counts, symbols };
}

/**
 * Calls `fill` for each code that is not longer than `tableBits`, with the symbol, the code as it stands in the stream
 * (its first bit lowest) and its length.
 */
export function eachCode(
  { counts, symbols }: Huffman,
  tableBits: number,
  fill: (symbol: number, code: number, length: number) => void,
): void {
  let code = 0;
  let index = 0;
  for (let length = 1; length <= tableBits; length++) {
    for (let left = at(counts, length); left > 0; left--) {
      fill(at(symbols, index++), code, length);
      let step = 1 << (length - 1);
      while ((code & step) !== 0) step >>= 1;
      code = step === 0 ? 0 : (code & (step - 1)) | step;
    }
  }
}

/** The symbol that `bits` begins with, and its code's length, as `symbol * 16 + length`; -1 when there is no such code. */
export function decodeSymbol({ counts, symbols }: Huffman, bits: number): number {
  let code = 0;
  let first = 0;
  let index = 0;
  for (let length = 1; length <= longestCode; length++) {
    code |= (bits >>> (length - 1)) & 1;
    const count = at(counts, length);
    if (code - first < count) return at(symbols, index + code - first) * 16 + length;
    index += count;
    first = (first + count) << 1;
    code <<= 1;
  }
  return -1;
}

function at(array: Uint8Array | Uint16Array, index: number): number {
  return array[index] ?? 0;
}
