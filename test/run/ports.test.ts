import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePublished, urlOf } from '../../src/run/ports.ts';

test('ports are read in every form', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['8000', '8000/tcp  '],
    ['80:8000', '8000/tcp  80'],
    [':8000', '8000/tcp  '],
    ['080:08000/UDP', '8000/udp  80'],
    ['127.0.0.1:80:8000', '8000/tcp 127.0.0.1 80'],
    ['127.0.0.1::8000', '8000/tcp 127.0.0.1 '],
    ['[::1]:80:8000/sctp', '8000/sctp ::1 80'],
  ];
  for (const [text, expected] of cases) {
    const { container, address, host } = parsePublished(text);
    assert.equal(`${container} ${address} ${host}`, expected, text);
  }
});

test('a browser finds what is published everywhere at localhost', () => {
  assert.deepEqual(
    ['', '0.0.0.0', '::', '127.0.0.1', '::1', '192.168.0.7', 'fe80::1'].map((address) => urlOf(address, '80')),
    [...Array.from({ length: 5 }, () => 'http://localhost:80'), 'http://192.168.0.7:80', 'http://[fe80::1]:80'],
  );
});
