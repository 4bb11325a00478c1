import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSizeBytes } from '../../src/config/size.ts';

test('sizes are read as bytes: MB in powers of 1000, MiB of 1024', () => {
  const right: Record<string, number> = {
    '0': 0,
    '4096': 4096,
    '10B': 10,
    '500MB': 500_000_000,
    '500 MB': 500_000_000,
    '500mb': 500_000_000,
    '1kB': 1000,
    '1KiB': 1024,
    '1GiB': 1_073_741_824,
    '1.5GB': 1_500_000_000,
    '2TiB': 2_199_023_255_552,
  };
  for (const [text, expected] of Object.entries(right)) assert.equal(parseSizeBytes(text), expected, text);
});

test('other texts are no sizes', () => {
  const wrong = ['', 'MB', '-1', '1.5', '1.5B', '1g', '500M', '1 0', '1e9', '99999TB', '1PB', 'constructor', '1  MB'];
  for (const text of wrong) assert.equal(parseSizeBytes(text), undefined, text);
});
