import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PycontainerError } from '../../src/errors.ts';
import { parseToml } from '../../src/python/toml.ts';
import { Lines } from '../../src/python/text.ts';

const text = `# [[package]] in a comment
title = """
[[package]]
one " two "" escaped \\" and one more"""" # ends here
'a "b"' = 'it' # [x]
[owner]
"k\\u0065y" = { nested = [1, { deep = "x, ]" }], after = true }

[[package]]
name = "one"
wheels = [
  # a comment with ]
  { url = "a#b" },
  { url = "c" },
]
[package.metadata]
x = 1

[[package]]
name = "two"
a.b.c = 5
`;

test('every table, key and element of a TOML document has its place', () => {
  const toml = parseToml(text, 'a.toml', 'lock-syntax');
  const at = (...path: (string | number)[]): string => {
    const { line, column } = toml.locate(...path);
    return `${line}:${column}`;
  };
  assert.equal(at('title'), '2:1');
  assert.equal(at('a "b"'), '5:1');
  assert.equal(at('owner', 'key'), '7:1');
  assert.equal(at('owner', 'key', 'nested', 1, 'deep'), '7:31');
  assert.equal(at('owner', 'key', 'after'), '7:49');
  assert.equal(at('package', 0), '9:1');
  assert.equal(at('package', 0, 'wheels', 1), '14:3');
  assert.equal(at('package', 0, 'metadata', 'x'), '17:1');
  assert.equal(at('package', 1, 'a', 'b', 'c'), '21:1');
  assert.equal(toml.tables('package')[1]?.location.text, '[[package]]');
});

test('a place that is not written down is that of its nearest parent', () => {
  const toml = parseToml('[a]\nb = 1\n', 'a.toml', 'lock-syntax');
  assert.equal(toml.locate('a', 'c', 'd').line, 1);
  assert.equal(toml.locate('nowhere').line, 1);
});

test('a syntax error has its line and column', () => {
  assert.throws(
    () => parseToml('a = 1\nb = = 2\n', 'a.toml', 'project-invalid'),
    (error) => {
      assert.ok(error instanceof PycontainerError);
      assert.equal(error.code, 'project-invalid');
      assert.equal(error.message, 'a.toml is not valid TOML: invalid value');
      assert.deepEqual(error.location, { file: 'a.toml', line: 2, column: 5, text: 'b = = 2' });
      return true;
    },
  );
});

test('a value of another type is an error with its place', () => {
  const toml = parseToml('[project]\nname = 1\n', 'a.toml', 'project-invalid');
  assert.throws(() => toml.table('project')?.string('name'), {
    code: 'project-invalid',
    message: 'a.toml: project.name must be a string',
    location: { file: 'a.toml', line: 2, column: 1, text: 'name = 1' },
  });
});

test('keys with the names of object properties are keys like any other', () => {
  const toml = parseToml('[a]\n__proto__ = "p"\nconstructor = "c"\n', 'a.toml', 'lock-syntax').table('a');
  assert.deepEqual(toml?.keys(), ['__proto__', 'constructor']);
  assert.equal(toml?.string('__proto__'), 'p');
  assert.equal(toml?.string('toString'), undefined);
});

test('lines are counted with either line end', () => {
  const lines = new Lines('ab\r\ncd\n', 'f');
  assert.deepEqual(lines.locate(5), { file: 'f', line: 2, column: 2, text: 'cd' });
  assert.deepEqual(lines.locate(1), { file: 'f', line: 1, column: 2, text: 'ab' });
});
