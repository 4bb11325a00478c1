import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counted, formatBytes, formatDuration, shortDigest } from '../../src/ui/units.ts';

test('bytes are in powers of 1000, and never round up to 1000 of a unit', () => {
  const table: [number, string][] = [
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [999_949, '999.9 kB'],
    [999_950, '1.0 MB'],
    [21_349_999, '21.3 MB'],
    [1e12, '1.0 TB'],
    [1e16, '10000.0 TB'],
  ];
  for (const [bytes, text] of table) assert.equal(formatBytes(bytes), text);
});

test('durations are in the largest unit that says enough', () => {
  const table: [number, string][] = [
    [0, '0 ms'],
    [999.4, '999 ms'],
    [999.5, '1.0 s'],
    [59_949, '59.9 s'],
    [59_950, '1 m 00 s'],
    [125_400, '2 m 05 s'],
    [3_600_000, '60 m 00 s'],
  ];
  for (const [milliseconds, text] of table) assert.equal(formatDuration(milliseconds), text);
});

test('one is singular', () => {
  assert.deepEqual(
    [counted(0, 'layer'), counted(1, 'layer'), counted(2, 'index', 'indexes')],
    ['0 layers', '1 layer', '2 indexes'],
  );
});

test('twelve digits are enough to recognise a digest', () => {
  assert.equal(shortDigest(`sha256:${'ab'.repeat(32)}`), 'sha256:abababababab…');
});
