import assert from 'node:assert/strict';
import { test } from 'node:test';
import zlib from 'node:zlib';
import * as fc from 'fast-check';
import { encoderDifference, encoderFor } from '../../src/layer/encoder.ts';

const levels = {
  gzip: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
  zstd: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
  none: fc.constant(undefined),
};

for (const type of ['gzip', 'zstd', 'none'] as const) {
  test(`what ${type} encodes it decodes, and refuses another size`, async () => {
    await fc.assert(
      fc.asyncProperty(levels[type], fc.uint8Array({ maxLength: 200_000 }), async (level, bytes) => {
        const encoder = encoderFor(level === undefined ? { type } : { type, level });
        const encoded = await encoder.encode(bytes);
        assert.ok(Buffer.from(await encoder.decode(encoded, bytes.length)).equals(bytes));
        await assert.rejects(encoder.decode(encoded, bytes.length + 1));
        if (bytes.length > 0) await assert.rejects(encoder.decode(encoded, bytes.length - 1));
      }),
      { numRuns: 40 },
    );
  });
}

test('gzip pieces refer to nothing before them', async () => {
  const piece = await encoderFor({ type: 'gzip' }).encode(Buffer.from('the same text, the same text'));
  const twice = zlib.inflateRawSync(Buffer.concat([piece, piece, Buffer.from([3, 0])]));
  assert.equal(twice.toString(), 'the same text, the same text'.repeat(2));
});

test('the level is heeded', async () => {
  const text = Buffer.from(Array.from({ length: 20_000 }, (_, n) => `${(n * n) % 977} ${n % 31}`).join('\n'));
  for (const type of ['gzip', 'zstd'] as const) {
    const fast = await encoderFor({ type, level: 1 }).encode(text);
    const small = await encoderFor({ type, level: 9 }).encode(text);
    assert.ok(small.length < fast.length, `${type}: ${small.length} against ${fast.length}`);
    assert.notEqual(encoderFor({ type, level: 1 }).name, encoderFor({ type, level: 9 }).name);
  }
});

const shared = process.config.variables.node_shared_zlib ? 'this Node has the zlib of the system' : false;

test('this Node encodes as official ones do', { skip: shared }, () => {
  assert.equal(encoderDifference, '');
});
