import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { PycontainerError } from '../../src/errors.ts';
import { filterVersions } from '../../src/python/filter.ts';
import { formatSpecifiers, parseSpecifiers, specifiersContain } from '../../src/python/specifier.ts';
import { parseVersion } from '../../src/python/version.ts';
import { pieces, textsOf, versions } from './arbitraries.ts';

const contains = (specifiers: string, version: string): boolean =>
  specifiersContain(parseSpecifiers(specifiers), version);

test('each operator takes what PEP 440 says', () => {
  for (const [specifiers, taken, refused] of [
    ['', ['1', '1a1', 'not a version'], []],
    ['==1.0', ['1', '1.0.0', '1.0+local', 'v1.0'], ['1.0.post1', '1.0a1', '1!1']],
    ['==1.0+a', ['1+A'], ['1.0', '1.0+a.1']],
    ['!=1.0', ['1.0.post1', '1.1'], ['1', '1.0+local']],
    ['==2.0.*', ['2', '2.0.1', '2.0rc1', '2.0.post1', '2.0.dev0+x'], ['2.1', '20', '1!2.0']],
    ['!=2.0.*', ['2.1', '20'], ['2', '2.0.9']],
    ['~=2.2', ['2.2', '2.9', '2.2.post3', '2.10a1'], ['2.1', '3.0', '3.0.dev0', '2.2a1']],
    ['~=1.4.5a4', ['1.4.5a4', '1.4.9'], ['1.4.5a3', '1.5']],
    ['~=1!1.0', ['1!1.5'], ['1.5', '2!1.5']],
    ['>=1.0', ['1', '1.0+x', '1.0.post1'], ['1.0rc1', '1.0.dev0']],
    ['<=1.0', ['1', '1.0+x', '1.0rc1'], ['1.0.post1', '1.0.1']],
    ['<1.0', ['0.9', '0.9.post1', '0.99+x'], ['1.0a1', '1.0.dev0', '1.0']],
    ['<1.0rc1', ['1.0b9', '1.0rc1.dev0'], ['1.0rc1']],
    ['<1.0.post2', ['1.0', '1.0.post1', '1.0a1'], ['1.0.post2.dev1', '1.0.post2']],
    ['>1.0', ['1.0.1', '1.1.dev0'], ['1.0', '1.0+x', '1.0.post1', '1.0.post1.dev2', '1.0.0.post9']],
    ['>1.0.post1', ['1.0.post2', '1.0.1'], ['1.0.post1', '1.0.post1+x']],
    ['>3.0.0a7', ['3.0.0a8', '3.0.0'], ['3.0.0a7', '3.0.0a7.post1']],
    ['>1.0.dev1', ['1.0.dev2', '1.0a1', '1.0.post1'], ['1.0.dev1+x']],
    ['===1.0', ['1.0'], ['1', '1.0.0', '1.0+x']],
    ['===Foo', ['foo', 'FOO'], ['1.0']],
    [' >= 1.0 ,, < 2 , ', ['1.5'], ['2', '0.9']],
    [`>=${'9'.repeat(30)}`, [`1${'0'.repeat(30)}`], [`${'9'.repeat(29)}8`]],
  ] as const) {
    for (const version of taken) assert.ok(contains(specifiers, version), `${specifiers} should take ${version}`);
    for (const version of refused) assert.ok(!contains(specifiers, version), `${specifiers} should refuse ${version}`);
  }
});

test('pre-releases are refused only when asked', () => {
  const specifiers = parseSpecifiers('>=1');
  assert.ok(specifiersContain(specifiers, '2rc1', null));
  assert.ok(specifiersContain(specifiers, parseVersion('2rc1'), true));
  assert.ok(!specifiersContain(specifiers, '2rc1', false));
});

test('among several versions pre-releases are taken when named or when nothing else fits', () => {
  const filter = (text: string, all: readonly string[], mode: boolean | null = null): string[] =>
    filterVersions(parseSpecifiers(text), all, mode);
  assert.deepEqual(filter('>=1', ['1.0', '2.0a1', '0.5']), ['1.0']);
  assert.deepEqual(filter('>=1', ['2.0a1', '0.5']), ['2.0a1']);
  assert.deepEqual(filter('>=1rc1', ['1.0', '2.0a1']), ['1.0', '2.0a1']);
  assert.deepEqual(filter('!=1rc1', ['1.0', '2.0a1']), ['1.0']);
  assert.deepEqual(filter('>=1', ['1.0', '2.0a1'], true), ['1.0', '2.0a1']);
  assert.deepEqual(filter('>=1', ['2.0a1'], false), []);
  assert.deepEqual(filter('', ['odd', '1a1', '1']), ['odd', '1']);
});

test('what is no specifier is refused with a code', () => {
  for (const text of [
    '1.0',
    '=1.0',
    '=>1.0',
    '>=',
    '>=1.*',
    '~=1',
    '~=1.*',
    '<1+x',
    '==1.0.post1.*',
    '==1.0 .*',
    '===a b',
    '===a;b',
    '>=1 <2',
    '==1.0.*+x',
  ])
    assert.throws(() => parseSpecifiers(text), { name: 'PycontainerError', code: 'specifier-invalid' }, text);
});

test('clauses are written in order and once', () => {
  assert.equal(formatSpecifiers(parseSpecifiers('>=1.0, <2,==1.0.0 ,==1.0')), '<2,==1.0,>=1.0');
  assert.equal(formatSpecifiers(parseSpecifiers('~=1.0,~=1.0.0,==1.*,===X')), '==1.*,===X,~=1.0,~=1.0.0');
});

test('a version is equal to itself, and not different', () => {
  fc.assert(
    fc.property(versions, versions, (a, b) => {
      assert.ok(contains(`==${a}`, a) && !contains(`!=${a}`, a) && contains(`===${a}`, a));
      assert.notEqual(contains(`==${a}`, b), contains(`!=${a}`, b));
    }),
    { numRuns: 500 },
  );
});

test('any text is specifiers that can be written and read again, or an error of ours', () => {
  fc.assert(
    fc.property(textsOf([...pieces, '1.0', '.*', '+x', '!']), (text) => {
      try {
        const written = formatSpecifiers(parseSpecifiers(text));
        assert.equal(formatSpecifiers(parseSpecifiers(written)), written);
      } catch (error) {
        assert.ok(error instanceof PycontainerError);
      }
    }),
    { numRuns: 1000 },
  );
});
