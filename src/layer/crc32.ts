const polynomial = 0xedb88320;

/**
 * The CRC-32 of A followed by B, from the CRC-32s of both and the length of B in bytes. Appending n bytes multiplies
 * the CRC of what stands before by x^8n, in the ring of polynomials over GF(2) modulo CRC-32's own.
 */
export function crc32Combine(a: number, b: number, lengthOfB: number): number {
  let factor = 0x80000000;
  for (let rest = lengthOfB, bit = 0; rest > 0; rest = Math.floor(rest / 2), bit++) {
    if (rest % 2 === 1) factor = multiply(powerOfByte(bit), factor);
  }
  return (multiply(factor, a) ^ b) >>> 0;
}

/** x^(8 · 2^n). Bits are reflected: x^0 is the highest bit. */
function powerOfByte(n: number): number {
  powers[0] ??= 0x80000000 >>> 8;
  for (let known = powers.length; known <= n; known++) {
    const last = powers[known - 1] ?? 0;
    powers.push(multiply(last, last));
  }
  return powers[n] ?? 0;
}

const powers: number[] = [];

function multiply(a: number, b: number): number {
  let product = 0;
  let shifted = b;
  for (let bit = 0x80000000; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= shifted;
    shifted = (shifted & 1) === 1 ? (shifted >>> 1) ^ polynomial : shifted >>> 1;
  }
  return product >>> 0;
}
