import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDurationMs } from '../../src/config/duration.ts';

test('durations are read as milliseconds', () => {
  const right: Record<string, number> = {
    '30s': 30_000,
    '1m30s': 90_000,
    '500ms': 500,
    '1h': 3_600_000,
    '1.5s': 1500,
    '0.1s': 100,
    '1h2m3s4ms': 3_723_004,
    '0': 0,
    '0s': 0,
  };
  for (const [text, expected] of Object.entries(right)) assert.equal(parseDurationMs(text), expected, text);
});

test('other texts are no durations', () => {
  const wrong = ['', '30', 's', '-1s', '1 s', '1d', '1S', '0.5ms', '1e3s', '.5s', '1.s', '9999999999h', '30s ', '１s'];
  for (const text of wrong) assert.equal(parseDurationMs(text), undefined, text);
});
