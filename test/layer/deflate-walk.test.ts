import assert from 'node:assert/strict';
import { test } from 'node:test';
import zlib from 'node:zlib';
import * as fc from 'fast-check';
import { slackBytes } from '../../src/layer/bit-reader.ts';
import { type DeflateEnds, walkDeflate } from '../../src/layer/deflate-walk.ts';
import { bytesFrom } from './trees.ts';

function walk(stream: Buffer, windowBytes: number = stream.length): DeflateEnds | undefined {
  return walkDeflate(stream.length, (from) => {
    const data = stream.subarray(from, from + windowBytes);
    return Buffer.concat([data, Buffer.alloc(slackBytes, 0xa5)]);
  });
}

/** What inflate makes of the stream when its mark is taken off and an empty last block follows at `endBit`. */
function reopened(stream: Buffer, { lastBlockBit, endBit }: DeflateEnds): Buffer {
  const bytes = Buffer.concat([stream, Buffer.alloc(2)]);
  const flip = (bit: number): void => void (bytes[bit >> 3] = bytes[bit >> 3]! ^ (1 << (bit & 7)));
  flip(lastBlockBit);
  for (let bit = endBit; bit < bytes.length * 8; bit++) if ((bytes[bit >> 3]! >> (bit & 7)) & 1) flip(bit);
  flip(endBit);
  flip(endBit + 1);
  return zlib.inflateRawSync(bytes);
}

const options = fc.record({
  level: fc.integer({ min: 0, max: 9 }),
  memLevel: fc.integer({ min: 1, max: 9 }),
  windowBits: fc.integer({ min: 9, max: 15 }),
  strategy: fc.integer({ min: 0, max: 4 }),
});
const contents = fc.oneof(
  fc.uint8Array({ maxLength: 3000 }),
  fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'word '), maxLength: 5000 }).map((text) => Buffer.from(text)),
  fc.tuple(fc.nat(), fc.integer({ min: 0, max: 300_000 })).map(([seed, length]) => bytesFrom(seed, length)),
);

test('the ends of any stream of zlib are found, to the bit', () => {
  fc.assert(
    fc.property(contents, options, (bytes, how) => {
      const stream = zlib.deflateRawSync(bytes, how);
      const ends = walk(stream);
      assert.ok(ends);
      assert.equal(Math.ceil(ends.endBit / 8), stream.length);
      assert.ok(reopened(stream, ends).equals(bytes));
    }),
    { numRuns: 150 },
  );
});

test('the ends are the same however the stream is cut into windows', () => {
  const stream = zlib.deflateRawSync(bytesFrom(9, 900_000));
  assert.ok(stream.length > 200_000);
  for (const windowBytes of [65_536, 65_537, 100_000]) assert.deepEqual(walk(stream, windowBytes), walk(stream));
  const stored = zlib.deflateRawSync(bytesFrom(9, 900_000), { level: 0 });
  assert.deepEqual(walk(stored, 65_536), walk(stored));
});

test('bytes behind the stream do not belong to it', () => {
  const stream = zlib.deflateRawSync(bytesFrom(3, 5000));
  assert.deepEqual(walk(Buffer.concat([stream, Buffer.from('more')])), walk(stream));
});

test('a stream that is cut off has no end', () => {
  const stream = zlib.deflateRawSync(bytesFrom(4, 3000));
  for (let length = 0; length < stream.length; length++) assert.equal(walk(stream.subarray(0, length)), undefined);
});

test('any bytes at all are walked to some end', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
      walk(Buffer.from(bytes));
    }),
    { numRuns: 2000 },
  );
});

test('a stream that is damaged anywhere does not stop the walk', () => {
  const stream = zlib.deflateRawSync(bytesFrom(5, 20_000));
  for (let at = 0; at < stream.length; at += 7) {
    const bytes = Buffer.from(stream);
    bytes[at] = bytes[at]! ^ 0x55;
    walk(bytes);
  }
});
