import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import * as fc from 'fast-check';
import { crc32Combine } from '../../src/layer/crc32.ts';

test('combining gives the CRC-32 of the whole', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5000 }), fc.uint8Array({ maxLength: 5000 }), (a, b) => {
      assert.equal(crc32Combine(crc32(a), crc32(b), b.length), crc32(b, crc32(a)));
    }),
  );
});

test('lengths beyond 32 bits are counted', () => {
  const zeros = Buffer.alloc(1 << 20);
  let doubled = crc32(zeros);
  let length = zeros.length;
  for (; length < 2 ** 33; length *= 2) doubled = crc32Combine(doubled, doubled, length);
  const inTwo = crc32Combine(doubled, doubled, length);
  const byHalves = crc32Combine(crc32Combine(doubled, crc32(zeros), zeros.length), doubled, length);
  assert.notEqual(inTwo, byHalves);
  assert.equal(crc32Combine(inTwo, crc32('x'), 1), crc32('x', inTwo));
});
