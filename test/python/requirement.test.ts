import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { PycontainerError } from '../../src/errors.ts';
import { formatRequirement, parseRequirement } from '../../src/python/requirement.ts';
import { pieces, textsOf } from './arbitraries.ts';

test('every part of a requirement is read', () => {
  const { specifiers, marker, ...rest } = parseRequirement(
    'Foo.Bar [ B_c , a,a ] >= 1.0 , !=1.2.* ; python_version < "3.11"',
  );
  assert.deepEqual(rest, {
    name: 'foo-bar',
    extras: ['a', 'b-c'],
    written: { name: 'Foo.Bar', extras: ['B_c', 'a'] },
  });
  assert.deepEqual(
    specifiers.map(({ operator, text }) => operator + text),
    ['>=1.0', '!=1.2.*'],
  );
  assert.equal(marker?.kind, 'comparison');
});

test('requirements are written as packaging writes them', () => {
  for (const [text, written] of [
    ['a', 'a'],
    ['a()', 'a'],
    ['a[]', 'a'],
    ['A_b (>=1,<2)', 'A_b<2,>=1'],
    ['a>=1,', 'a>=1'],
    ['a===1.0-odd;os_name=="x"', 'a===1.0-odd; os_name == "x"'],
    ['a==\n1', 'a==1'],
    ['a@https://x/y.whl', 'a @ https://x/y.whl'],
    ['a [z,B] @ git+https://x/y@main ; extra == "T"', 'a[B,z] @ git+https://x/y@main ; extra == "t"'],
    ['a @ file:///x;y  ', 'a @ file:///x;y'],
  ] as const)
    assert.equal(formatRequirement(parseRequirement(text)), written);
});

test('what is no requirement is refused with a code', () => {
  for (const text of [
    '',
    '-x',
    '_a',
    'a-',
    'a b',
    'a,b',
    'a >=',
    'a>=1 <2',
    'a>=1 # c',
    'a>=1;',
    'a @',
    'a @ x; os_name=="a"',
    'a[b',
    'a[b c]',
    'a[b,]',
    'a (>=1',
    'a>=1)',
    'a==1.0.post1.*',
    'a>=1+l',
    'a>=1\n',
    'a===1,2',
    'é',
  ])
    assert.throws(() => parseRequirement(text), { name: 'PycontainerError', code: 'requirement-invalid' }, text);
});

test('the error says where, and keeps the cause', () => {
  assert.throws(() => parseRequirement('name [a b]'), {
    message: '"name [a b]" is not a requirement: character 9 should be a comma or a closing bracket',
  });
  assert.throws(
    () => parseRequirement('name ~= 1'),
    (error) => error instanceof PycontainerError && (error.cause as PycontainerError).code === 'specifier-invalid',
  );
});

test('any text is a requirement that can be written and read again, or an error of ours', () => {
  fc.assert(
    fc.property(textsOf(pieces), (text) => {
      try {
        const written = formatRequirement(parseRequirement(`n${text}`));
        assert.equal(formatRequirement(parseRequirement(written)), written);
      } catch (error) {
        assert.ok(error instanceof PycontainerError);
      }
    }),
    { numRuns: 1000 },
  );
});
