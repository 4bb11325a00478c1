import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { Contents } from './content.ts';
import { fileSizes, valueAt } from './sizes.ts';

/** What deflate leaves of it. */
function packed(bytes: Buffer): number {
  return deflateRawSync(bytes, { level: 6 }).length / bytes.length;
}

test('the same seed gives the same bytes, another one others', () => {
  const all = (seed: number): readonly Buffer[] => {
    const contents = new Contents(seed);
    return [contents.text(2000), contents.prose(2000), contents.code(2000), contents.records(2000)];
  };
  assert.deepEqual(all(1), all(1));
  for (const [index, bytes] of all(1).entries()) assert.notDeepEqual(bytes, all(2)[index]);
});

test('each kind packs as small as in real packages, of which the README tells', () => {
  const contents = new Contents(7);
  const found = {
    text: packed(contents.text(40_000)),
    prose: packed(contents.prose(40_000)),
    records: packed(contents.records(40_000)),
    code: packed(contents.code(300_000)),
    large: packed(contents.code(3_000_000)),
    noise: packed(contents.noise(40_000)),
  };
  const bounds: Readonly<Record<keyof typeof found, readonly [number, number]>> = {
    text: [0.2, 0.3],
    prose: [0.18, 0.3],
    records: [0.38, 0.5],
    code: [0.33, 0.45],
    large: [0.25, 0.4],
    noise: [0.99, 1.01],
  };
  for (const [kind, [least, most]] of Object.entries(bounds)) {
    const ratio = found[kind as keyof typeof found];
    assert.ok(ratio >= least && ratio <= most, `${kind}: ${ratio}`);
  }
});

test('a size is read off between the measured ones', () => {
  assert.equal(valueAt(fileSizes.source, 50), 5200);
  assert.equal(valueAt(fileSizes.source, 0), 1);
  assert.equal(valueAt(fileSizes.source, 100), 400_000);
  assert.equal(
    Math.round(
      valueAt(
        [
          [0, 10],
          [100, 1000],
        ],
        50,
      ),
    ),
    100,
  );
});
