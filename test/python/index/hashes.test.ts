import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareHashes, firstUnmet, HashCheck, parseHash, sha256Of } from '../../../src/python/index/hashes.ts';

const a = 'a'.repeat(64);

test('hashes are read with either sign, in lower case, and only whole', () => {
  assert.equal(parseHash(`SHA256=${a.toUpperCase()}`), `sha256:${a}`);
  for (const text of ['', 'sha256:', `sha256:${a}0`, `sha256:${a.slice(1)}`, 'crc32:00', `sha256:${a.slice(1)}g`]) {
    assert.equal(parseHash(text), undefined, text);
  }
  assert.equal(sha256Of([`md5:${'0'.repeat(32)}`, `sha256:${a}`]), a);
});

test('two lists match by one hash, differ by one algorithm in both, and cannot be told apart else', () => {
  const md5 = `md5:${'0'.repeat(32)}`;
  assert.equal(compareHashes([`sha256:${a}`, md5], [`sha256:${'b'.repeat(64)}`, md5]), 'match');
  assert.equal(compareHashes([`sha256:${a}`], [`sha256:${'b'.repeat(64)}`, md5]), 'differ');
  assert.equal(compareHashes([`sha256:${a}`], [md5]), 'unknown');
  assert.equal(compareHashes([], [md5]), 'unknown');
});

test('every algorithm that locks use is known', () => {
  const names = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512', 'sha3_256', 'sha3_512', 'blake2b'];
  const check = new HashCheck(new Set(names));
  check.update(Buffer.from('x'));
  const results = check.results();
  assert.deepEqual(results.map(parseHash), results);
  assert.equal(firstUnmet(results, results), undefined);
  assert.equal(firstUnmet(results, [`md5:${'0'.repeat(32)}`]), `md5:${'0'.repeat(32)}`);
});
