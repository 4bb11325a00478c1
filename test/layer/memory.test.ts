import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import * as fc from 'fast-check';
import { lendRoom, type Room } from '../../src/layer/memory.ts';
import { freeOwnMemory } from '../../src/layer/own-memory.ts';
import { LayerWork } from '../../src/layer/work.ts';
import { bytesFrom } from './trees.ts';

const megabyte = 1 << 20;

function overlap(a: Room, b: Room): boolean {
  return a.memory === b.memory && a.offset < b.offset + b.sizeBytes && b.offset < a.offset + a.sizeBytes;
}

test('room that is lent is nobody else’s until it is given back', () => {
  const steps = fc.array(fc.record({ sizeBytes: fc.integer({ min: 1, max: 9 * megabyte }), gives: fc.nat(5) }));
  fc.assert(
    fc.property(steps, (wishes) => {
      let lent: NonNullable<ReturnType<typeof lendRoom>>[] = [];
      for (const { sizeBytes, gives } of wishes) {
        const next = lendRoom(sizeBytes);
        if (next !== undefined) {
          assert.equal(next.room.sizeBytes, sizeBytes);
          assert.ok(next.room.offset + sizeBytes <= next.room.memory.byteLength);
          assert.ok(lent.every(({ room }) => !overlap(room, next.room)));
          lent.push(next);
        }
        for (const one of lent.filter((_, index) => index % 6 < gives)) one.giveBack();
        lent = lent.filter((_, index) => index % 6 >= gives);
      }
      for (const one of lent) one.giveBack();
    }),
    { numRuns: 50 },
  );
});

test('room that was given back in any order can be lent as a whole again', () => {
  const parts = Array.from({ length: 32 }, () => lendRoom(megabyte));
  assert.ok(parts.every((part) => part !== undefined));
  assert.equal(lendRoom(2 * megabyte), undefined, 'no more than there is');
  for (const [index, part] of parts.entries()) if (index % 2 === 0) part?.giveBack();
  assert.equal(lendRoom(3 * megabyte), undefined);
  for (const [index, part] of parts.entries()) if (index % 2 === 1) part?.giveBack();
  const all = lendRoom(32 * megabyte);
  assert.notEqual(all, undefined);
  all?.giveBack();
});

test('memory that small buffers share is never freed', () => {
  for (const sizeBytes of [1, 1000, 4000, Buffer.poolSize >> 2, Buffer.poolSize, 1 << 20]) {
    const neighbour = Buffer.allocUnsafe(8).fill(7);
    freeOwnMemory(deflateRawSync(Buffer.alloc(sizeBytes), { chunkSize: Math.max(1024, sizeBytes) }));
    assert.deepEqual(neighbour, Buffer.alloc(8, 7));
    assert.equal(Buffer.allocUnsafe(8).length, 8);
  }
});

for (const [what, sizeBytes] of Object.entries({
  'too small for the bytes': 50_000,
  'too small for what they are encoded to': 100_100,
  'large enough': 300_000,
})) {
  test(`a job gives the same in room that is ${what}`, async () => {
    const work = new LayerWork({ compression: { type: 'gzip' }, describeFiles: false }, { usesPool: false });
    const pieces = [{ kind: 'slice', bytes: bytesFrom(1, 100_000) }] as const;
    const lent = lendRoom(sizeBytes);
    assert.ok(lent);
    const expected = await work.do({ kind: 'encode', pieces });
    const found = await work.do({ kind: 'encode', pieces, room: lent.room });
    assert.deepEqual(Buffer.from(found.raw), Buffer.from(expected.raw));
    assert.deepEqual(Buffer.from(found.encoded), Buffer.from(expected.encoded));
    assert.deepEqual(found.pieces, expected.pieces);
    assert.equal(found.raw.buffer === lent.room.memory, sizeBytes > 100_000);
    lent.giveBack();
    work.close();
  });
}
