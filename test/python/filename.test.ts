import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { PycontainerError } from '../../src/errors.ts';
import { parseSdistFilename, parseTags, parseWheelFilename } from '../../src/python/filename.ts';
import { formatVersion } from '../../src/python/version.ts';
import { textsOf } from './arbitraries.ts';

test('the name of a wheel tells name, version, build and tags', () => {
  const { version, ...rest } = parseWheelFilename(
    'Foo_Bar-1.0.POST1-007x-cp39.CP310-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
  );
  assert.equal(formatVersion(version), '1.0.post1');
  assert.deepEqual(rest, {
    name: 'foo-bar',
    build: { number: '7', rest: 'x' },
    tags: [
      'cp39-abi3-manylinux_2_17_x86_64',
      'cp39-abi3-manylinux2014_x86_64',
      'cp310-abi3-manylinux_2_17_x86_64',
      'cp310-abi3-manylinux2014_x86_64',
    ],
  });
});

test('what is not the name of a wheel is refused, with the reason', () => {
  for (const [name, reason] of [
    ['foo-1.0-py3-none-any.zip', 'it does not end in .whl'],
    ['foo-1.0-py3-none.whl', 'it does not have five or six parts'],
    ['foo-1.0-1-py3-none-any-x.whl', 'it does not have five or six parts'],
    ['foo__bar-1.0-py3-none-any.whl', 'its name is not one'],
    ['-1.0-py3-none-any.whl', 'its name is not one'],
    ['foo+-1.0-py3-none-any.whl', 'its name is not one'],
    ['../foo-1.0-py3-none-any.whl', 'it holds a path'],
    ['foo-1.0-py3-none-any\\x.whl', 'it holds a path'],
    ['foo-1.x-py3-none-any.whl', 'its version is not one'],
    ['foo-1.0-b1-py3-none-any.whl', 'its build tag has no number'],
    ['foo-1.0-py3.-none-any.whl', 'its tags are none'],
    ['foo-1.0-2.7-none-any.whl', 'its tags are none'],
  ] as const)
    assert.throws(() => parseWheelFilename(name), {
      code: 'filename-invalid',
      message: `${JSON.stringify(name)} is not the name of a wheel: ${reason}`,
    });
});

test('tag sets are expanded, each tag once, within bounds', () => {
  assert.deepEqual(parseTags('py2.py3.py2-none-any'), ['py2-none-any', 'py3-none-any']);
  const many = Array.from({ length: 100 }, (_, index) => `a${index}`).join('.');
  assert.equal(parseTags(`${many}-${many}-any`)?.length, 10_000);
  assert.equal(parseTags(`${many}-${many}-${many}`), undefined);
});

test('the name of a source distribution tells name and version', () => {
  const { name, version } = parseSdistFilename('Foo-Bar-1.0.tar.gz');
  assert.deepEqual([name, formatVersion(version)], ['foo-bar', '1.0']);
  for (const bad of ['foo.tar.gz', '-1.0.zip', 'foo-1.0.tar.bz2', 'foo-x.zip', '../foo-1.0.zip'])
    assert.throws(() => parseSdistFilename(bad), { code: 'filename-invalid' }, bad);
});

test('any text is the name of a file or an error of ours', () => {
  fc.assert(
    fc.property(textsOf(['foo', '-', '-', '.', '1.0', 'py3', 'none', 'any', '.whl', '.tar.gz', '_']), (text) => {
      for (const parse of [parseWheelFilename, parseSdistFilename])
        try {
          parse(text);
        } catch (error) {
          assert.ok(error instanceof PycontainerError);
        }
    }),
    { numRuns: 1000 },
  );
});
