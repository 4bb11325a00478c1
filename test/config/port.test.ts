import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPublishedPort, parsePort } from '../../src/config/port.ts';

test('a port has one spelling: TCP is not said', () => {
  const right = { '8000': '8000', '8000/tcp': '8000', '53/udp': '53/udp', '53/UDP': '53/udp', '08000': '8000' };
  for (const [text, expected] of Object.entries(right)) assert.equal(parsePort(text), expected, text);
});

test('other texts are no ports', () => {
  for (const text of ['', '0', '65536', '-1', '80/http', '8000-8010', '0x50', '80 ', '8e3']) {
    assert.equal(parsePort(text), undefined, text);
  }
});

test('a published port may say the host’s port and address', () => {
  for (const text of ['8000', '80:8000', '127.0.0.1:80:8000/udp', '127.0.0.1::8000', '[::1]:80:8000', ':8000']) {
    assert.ok(isPublishedPort(text), text);
  }
  for (const text of ['', '80:', '80:x', 'a:b:8000', '70000:80', '80:8000:1', 'host:80']) {
    assert.ok(!isPublishedPort(text), text);
  }
});
