import assert from 'node:assert/strict';
import { test } from 'node:test';
import zlib from 'node:zlib';
import * as fc from 'fast-check';
import { slackBytes } from '../../src/layer/bit-reader.ts';
import { walkDeflate } from '../../src/layer/deflate-walk.ts';
import { Inflater } from '../../src/layer/inflater.ts';
import { emptyBlock, inflateAndOpen, type OpenedStream } from '../../src/layer/open-stream.ts';
import { bytesFrom } from './trees.ts';

const native = Inflater.create();
const ways = [native, undefined];

interface Opening {
  readonly content: Buffer;
  readonly opened: OpenedStream | 'damaged' | undefined;
  /** The opened stream. */
  readonly bytes: Buffer;
}

function open(stream: Buffer, sizeBytes: number, inflater: Inflater | undefined): Opening {
  const stored = Buffer.concat([stream, Buffer.alloc(slackBytes, 0xa5)]);
  const content = Buffer.alloc(sizeBytes);
  const opened = inflateAndOpen(content, stored, stream.length, inflater);
  const endByte = typeof opened === 'object' ? opened.endByte : 0;
  return { content, opened, bytes: stored.subarray(0, endByte) };
}

/** Opens the stream in both ways, which must agree, and lets another follow. */
function assertOpens(stream: Buffer, content: Buffer): void {
  const [byBlocks, byWalk] = ways.map((inflater) => open(stream, content.length, inflater));
  assert.deepEqual(byBlocks, byWalk);
  assert.ok(byBlocks && typeof byBlocks.opened === 'object');
  assert.ok(byBlocks.content.equals(content));
  const joined = Buffer.concat([byBlocks.bytes, emptyBlock(byBlocks.opened), zlib.deflateRawSync('next')]);
  assert.ok(zlib.inflateRawSync(joined).equals(Buffer.concat([content, Buffer.from('next')])));
}

const strategies = fc.integer({ min: 0, max: 4 });
const options = fc.record({
  level: fc.integer({ min: 0, max: 9 }),
  memLevel: fc.integer({ min: 1, max: 9 }),
  windowBits: fc.integer({ min: 9, max: 15 }),
  strategy: strategies,
});
const contents = fc.oneof(
  fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes)),
  fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'word '), maxLength: 5000 }).map((text) => Buffer.from(text)),
  fc.tuple(fc.nat(), fc.integer({ min: 0, max: 300_000 })).map(([seed, length]) => bytesFrom(seed, length)),
);

test('this Node.js lets blocks be seen', () => {
  assert.ok(native);
});

test('any stream of zlib is opened, block by block as by walking all of it', () => {
  fc.assert(
    fc.property(contents, options, (content, how) => {
      assertOpens(zlib.deflateRawSync(content, how), content);
    }),
    { numRuns: 150 },
  );
});

test('a stream that was flushed now and then is opened, whatever its last block is', () => {
  const { Z_FULL_FLUSH, Z_FINISH } = zlib.constants;
  fc.assert(
    fc.property(fc.array(fc.tuple(contents, options), { minLength: 1, maxLength: 5 }), (parts) => {
      const streams = parts.map(([content, how], index) => {
        const finishFlush = index + 1 === parts.length ? Z_FINISH : Z_FULL_FLUSH;
        return zlib.deflateRawSync(content, { ...how, finishFlush });
      });
      assertOpens(Buffer.concat(streams), Buffer.concat(parts.map(([content]) => content)));
    }),
    { numRuns: 60 },
  );
});

test('neither what stands behind the stream matters, nor what fills its last byte', () => {
  fc.assert(
    fc.property(contents, options, fc.uint8Array({ maxLength: 20 }), fc.nat(255), (content, how, more, filling) => {
      const stream = zlib.deflateRawSync(content, how);
      const ends = walkDeflate(stream.length, (from) =>
        Buffer.concat([stream, Buffer.alloc(slackBytes)]).subarray(from),
      );
      assert.ok(ends);
      const used = ends.endBit % 8;
      if (used > 0) stream[stream.length - 1] = stream.at(-1)! | ((filling << used) & 0xff);
      assertOpens(Buffer.concat([stream, more]), content);
    }),
    { numRuns: 100 },
  );
});

test('blocks beyond number are not asked for one by one, and the stream is opened nevertheless', () => {
  const content = bytesFrom(3, 20_000);
  const stream = Buffer.concat([Buffer.alloc(500_000, '000000ffff', 'hex'), zlib.deflateRawSync(content)]);
  assertOpens(stream, content);
});

test('what is cut off, of another size, or no stream is damaged', () => {
  const content = bytesFrom(4, 100_000);
  for (const how of [{}, { memLevel: 1 }, { level: 0 }, { strategy: zlib.constants.Z_FIXED }]) {
    const stream = zlib.deflateRawSync(content, how);
    for (const inflater of ways) {
      const verdict = (bytes: Buffer, sizeBytes: number): unknown => open(bytes, sizeBytes, inflater).opened;
      assert.equal(typeof verdict(stream, content.length), 'object');
      for (const cut of [0, 1, 2, 10, stream.length >> 1, stream.length - 1]) {
        assert.equal(verdict(stream.subarray(0, cut), content.length), 'damaged');
      }
      for (const wrong of [0, 1, content.length - 1, content.length + 1]) {
        assert.equal(verdict(stream, wrong), 'damaged');
      }
    }
  }
});

test('a damaged stream is judged as inflate judges it, and what is opened inflates', () => {
  const streams = [10_000, 60_000].map((size) => zlib.deflateRawSync(bytesFrom(5, size), { memLevel: 4 }));
  fc.assert(
    fc.property(fc.constantFrom(...streams), fc.nat(), fc.integer({ min: 1, max: 255 }), (whole, place, change) => {
      const stream = Buffer.from(whole);
      const at = place % stream.length;
      stream[at] = stream[at]! ^ change;
      const expected = inflated(stream);
      for (const inflater of ways) {
        const { opened, content } = open(stream, expected?.length ?? 60_000, inflater);
        assert.equal(opened === 'damaged', expected === undefined);
        assert.ok(expected === undefined || content.equals(expected));
      }
    }),
    { numRuns: 300 },
  );
});

function inflated(stream: Buffer): Buffer | undefined {
  try {
    return zlib.inflateRawSync(stream);
  } catch {
    return undefined;
  }
}
