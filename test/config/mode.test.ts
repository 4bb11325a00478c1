import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMode } from '../../src/config/mode.ts';

test('permission bits are octal with a leading zero', () => {
  for (const [text, mode] of [
    ['0644', 0o644],
    ['0o755', 0o755],
    ['01777', 0o1777],
    ['00', 0],
  ] as const) {
    assert.equal(parseMode(text), mode, text);
  }
});

test('what could be a decimal number is refused', () => {
  for (const text of ['644', '420', '0888', '0', '', '0x1a4', '0o', '0o10000', 'u+x', '-0644']) {
    assert.equal(parseMode(text), undefined, text);
  }
});
