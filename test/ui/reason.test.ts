import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Reason } from '../../src/events.ts';
import { formatReason, formatReasons } from '../../src/ui/reason.ts';
import { digestOf } from './plans.ts';

const location = { file: 'uv.lock', line: 7, column: 1 };

/** Every kind of reason, by its kind: a new one does not compile before it stands here. */
const table: { readonly [Kind in Reason['kind']]: readonly (readonly [Extract<Reason, { kind: Kind }>, string])[] } = {
  'never-built': [[{ kind: 'never-built' }, 'never built']],
  asked: [[{ kind: 'asked' }, '--no-cache']],
  file: [
    [{ kind: 'file', change: 'added', path: 'a.py' }, 'a.py added'],
    [{ kind: 'file', change: 'changed', path: 'a b.py' }, 'a b.py changed'],
    [{ kind: 'file', change: 'removed', path: 'a.py' }, 'a.py removed'],
  ],
  package: [
    [{ kind: 'package', name: 'six', from: '1', to: '2' }, 'six 1 → 2'],
    [{ kind: 'package', name: 'six', from: '1', to: '2', location, sizeBytes: 1500 }, 'six 1 → 2 (uv.lock:7), 1.5 kB'],
    [{ kind: 'package', name: 'six', to: '2', location }, 'six 2 added (uv.lock:7)'],
    [{ kind: 'package', name: 'six', from: '1' }, 'six 1 removed'],
    [{ kind: 'package', name: 'six', from: '1', to: '1' }, 'six 1 comes from another wheel'],
  ],
  base: [
    [
      { kind: 'base', from: digestOf('a'), to: digestOf('b') },
      'base moved from sha256:aaaaaaaaaaaa… to sha256:bbbbbbbbbbbb…',
    ],
  ],
  divided: [
    [
      { kind: 'divided', joined: ['a', 'b', 'c', 'd'], left: [] },
      'the same wheels, divided anew: a, b, c and 1 more came in',
    ],
    [{ kind: 'divided', joined: ['a'], left: ['b'] }, 'the same wheels, divided anew: a came in, b went out'],
  ],
  setting: [[{ kind: 'setting', key: 'prefix', from: '/a', to: '/b' }, 'prefix was /a, is /b']],
  'cache-lost': [
    [{ kind: 'cache-lost', cache: 'ghcr.io/acme/cache', digest: digestOf('a') }, 'unusable in ghcr.io/acme/cache'],
  ],
  evicted: [[{ kind: 'evicted', digest: digestOf('a') }, 'no longer in the store']],
  format: [[{ kind: 'format', from: '1', to: '2' }, 'made by another version of pycontainer']],
  below: [[{ kind: 'below', node: 'venv' }, 'venv is stale']],
  'not-delivered': [[{ kind: 'not-delivered', what: 'tag dev' }, 'lacks tag dev']],
};

for (const [kind, rows] of Object.entries(table)) {
  test(`${kind} in words`, () => {
    for (const [reason, text] of rows) assert.equal(formatReason(reason), text);
  });
}

test('the most telling reasons come first, equal ones once, and the rest is counted', () => {
  const reasons: Reason[] = [
    { kind: 'never-built' },
    { kind: 'never-built' },
    { kind: 'file', change: 'changed', path: 'b' },
    { kind: 'file', change: 'changed', path: 'a' },
    { kind: 'package', name: 'six', from: '1', to: '2' },
  ];
  assert.equal(formatReasons(reasons), 'six 1 → 2, and 3 more');
  assert.equal(formatReasons(reasons, 2), 'six 1 → 2; b changed, and 2 more');
  assert.equal(formatReasons(reasons.slice(0, 2)), 'never built');
  assert.equal(formatReasons([]), '');
});
