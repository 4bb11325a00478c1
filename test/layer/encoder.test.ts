import assert from 'node:assert/strict';
import { test } from 'node:test';
import zlib from 'node:zlib';
import * as fc from 'fast-check';
import { encoderDifference, encoderFor } from '../../src/layer/encoder.ts';
import { bytesFrom } from './trees.ts';

const levels = {
  gzip: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
  zstd: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
  none: fc.constant(undefined),
};

for (const type of ['gzip', 'zstd', 'none'] as const) {
  test(`what ${type} encodes it decodes, and refuses another size`, () => {
    fc.assert(
      fc.property(levels[type], fc.uint8Array({ maxLength: 200_000 }), (level, bytes) => {
        const encoder = encoderFor(level === undefined ? { type } : { type, level });
        const encoded = encoder.encode(bytes);
        const raw = Buffer.alloc(bytes.length);
        assert.ok(encoder.decodeInto(raw, encoded) && raw.equals(bytes));
        assert.ok(!encoder.decodeInto(Buffer.alloc(bytes.length + 1), encoded));
        if (bytes.length > 0) assert.ok(!encoder.decodeInto(raw.subarray(1), encoded));
      }),
      { numRuns: 40 },
    );
  });
}

for (const type of ['gzip', 'zstd', 'none'] as const) {
  test(`${type} gives the same bytes in this thread and in the pool, whatever the size`, async () => {
    const encoder = encoderFor({ type });
    const block = 128 << 10;
    for (const size of [0, 1, 2048, 2049, block - 1, block, 2 * block, 4 * block, 4 * block + 1]) {
      const raw = bytesFrom(size, size);
      assert.ok(Buffer.from(await encoder.encodeInPool(raw)).equals(encoder.encode(raw)), `${size} bytes`);
    }
  });
}

test('gzip pieces refer to nothing before them', () => {
  const piece = encoderFor({ type: 'gzip' }).encode(Buffer.from('the same text, the same text'));
  const twice = zlib.inflateRawSync(Buffer.concat([piece, piece, Buffer.from([3, 0])]));
  assert.equal(twice.toString(), 'the same text, the same text'.repeat(2));
});

test('the level is heeded', () => {
  const text = Buffer.from(Array.from({ length: 20_000 }, (_, n) => `${(n * n) % 977} ${n % 31}`).join('\n'));
  for (const type of ['gzip', 'zstd'] as const) {
    const fast = encoderFor({ type, level: 1 }).encode(text);
    const small = encoderFor({ type, level: 9 }).encode(text);
    assert.ok(small.length < fast.length, `${type}: ${small.length} against ${fast.length}`);
    assert.notEqual(encoderFor({ type, level: 1 }).name, encoderFor({ type, level: 9 }).name);
  }
});

const shared = process.config.variables.node_shared_zlib ? 'this Node has the zlib of the system' : false;

test('this Node encodes as official ones do', { skip: shared }, () => {
  assert.equal(encoderDifference, '');
});
