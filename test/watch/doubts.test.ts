import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Doubts } from '../../src/watch/doubts.ts';

const isLinux = process.platform === 'linux';

/** After the first look, which goes everywhere. */
function settled(): Doubts {
  const doubts = new Doubts();
  assert.equal(doubts.take(0), undefined);
  return doubts;
}

test('a look goes into the folders that were named since the one before, once', { skip: !isLinux }, () => {
  const doubts = settled();
  for (const folder of ['/a', '/b', '/a']) doubts.in(folder);
  assert.deepEqual(doubts.take(1), new Set(['/a', '/b']));
  assert.deepEqual(doubts.take(2), new Set());
});

test('a look goes everywhere where a folder may be gone', () => {
  const doubts = settled();
  doubts.in('/a');
  doubts.everywhere();
  doubts.in('/b');
  assert.equal(doubts.take(1), undefined);
});

test('a look goes everywhere when there was more than the system may have kept', () => {
  const doubts = settled();
  for (let change = 0; change < 10_000; change += 1) doubts.in('/a');
  assert.equal(doubts.take(1), undefined);
});

test('a look goes everywhere once a minute, whatever is named', { skip: !isLinux }, () => {
  const doubts = settled();
  assert.notEqual(doubts.take(59_999), undefined);
  assert.equal(doubts.take(60_001), undefined);
  assert.notEqual(doubts.take(60_002), undefined);
});
