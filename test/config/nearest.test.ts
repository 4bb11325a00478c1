import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { editDistance, nearestName, suggest } from '../../src/config/nearest.ts';

test('the nearest name is found, and none that is far', () => {
  const names = ['dependencies', 'directories', 'platforms', 'cmd'];
  assert.equal(nearestName('dependancies', names), 'dependencies');
  assert.equal(nearestName('platform', names), 'platforms');
  assert.equal(nearestName('Platforms', names), 'platforms');
  assert.equal(nearestName('cdm', names), 'cmd');
  assert.equal(nearestName('depend', names), 'dependencies');
  assert.equal(nearestName('command', names), undefined);
  assert.equal(nearestName('di', names), undefined);
});

test('when none is near, a short list says what there is, and a long one is left out', () => {
  assert.equal(suggest('x-y', ['api', 'worker']), 'There are: api, worker');
  assert.equal(
    suggest(
      'x-y',
      Array.from({ length: 13 }, (_, index) => `name${index}`),
    ),
    undefined,
  );
  assert.equal(suggest('x', []), undefined);
});

test('the edit distance is a metric in what matters here', () => {
  const short = fc.string({ maxLength: 8 });
  fc.assert(
    fc.property(short, short, (a, b) => {
      const distance = editDistance(a, b);
      assert.equal(distance, editDistance(b, a));
      assert.equal(distance === 0, a === b);
      assert.ok(distance >= Math.abs(a.length - b.length) && distance <= Math.max(a.length, b.length));
    }),
  );
  assert.equal(editDistance('abcd', 'acbd'), 1);
  assert.equal(editDistance('kitten', 'sitting'), 3);
});
