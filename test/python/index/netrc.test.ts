import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseNetrc } from '../../../src/python/index/netrc.ts';

const read = (text: string) => Object.fromEntries(parseNetrc(text));

test('entries on one line and on many are read', () => {
  assert.deepEqual(read('machine a.org login me password x\nmachine B.org\n  user you\n\tpassword "p w\\"q"\n'), {
    'a.org': { user: 'me', password: 'x' },
    'b.org': { user: 'you', password: 'p w"q' },
  });
});

test('comments and macros are passed over, but a password may begin with #', () => {
  const text =
    '# machine no login no\nmacdef init\nmachine in.macro login x password y\n\nmachine a login me # later\npassword #1\n';
  assert.deepEqual(read(text), { a: { user: 'me', password: '#1' } });
});

test('the default entry counts for no host', () => {
  assert.deepEqual(read('default login anonymous password x'), {});
  assert.deepEqual(read('machine a login b password c\ndefault login d password e'), {
    a: { user: 'b', password: 'c' },
  });
});

test('any text is read to its end', () => {
  const word = fc.constantFrom(
    'machine',
    'login',
    'password',
    'macdef',
    '#',
    '"',
    '\\',
    '\n',
    ' ',
    'x',
    '\n\n',
    'default',
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 40 }), (words) => {
      assert.equal(typeof parseNetrc(words.join('')).size, 'number');
    }),
    { numRuns: 300 },
  );
});
