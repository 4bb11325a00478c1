import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { stringify } from 'smol-toml';
import { locateKey, locateValue, toPlain } from '../../src/config/node.ts';
import { SourceText } from '../../src/config/source.ts';
import { readToml } from '../../src/config/toml.ts';
import { PycontainerError } from '../../src/errors.ts';
import type { SourceLocation } from '../../src/errors.ts';
import type { SourceNode } from '../../src/config/node.ts';

const tree = (text: string, table?: readonly string[]): SourceNode => {
  const node = readToml(new SourceText('pyproject.toml', text), table);
  assert.ok(node !== undefined);
  return node;
};
const plain = (node: SourceNode): unknown => JSON.parse(JSON.stringify(toPlain(node)));
const underlined = ({ text = '', column, length = 1 }: SourceLocation): string =>
  text.slice(column - 1, column - 1 + length);

const project = `
[project] # not ours
name = "shop"
[tool.pycontainer]
targets.api.ports = [8000, "53/udp"] # a comment, with = and [
[tool.pycontainer.defaults]
environment = { VERSION = 1.10, "DOTTED.name" = 'x', HEX = 0x1F, BIG = 123456789012345678901 }
[[tool.pycontainer.targets.api.outputs]]
type = "oci"
[[tool.pycontainer.targets.api.outputs]]
type = """
docker-archive"""
dest = '''a]'b'''
since = 2020-01-01T00:00:00Z
[ tool . "pycontainer" . targets . worker ]
workdir = "/\\u0061pp"
tags = [
  "one", # first
  [ "two" ],
]
`;

test('a table is read; bare values keep their source text', () => {
  assert.deepEqual(plain(tree(project, ['tool', 'pycontainer'])), {
    targets: {
      api: {
        ports: ['8000', '53/udp'],
        outputs: [{ type: 'oci' }, { type: 'docker-archive', dest: "a]'b", since: '2020-01-01T00:00:00Z' }],
      },
      worker: { workdir: '/app', tags: ['one', ['two']] },
    },
    defaults: { environment: { VERSION: '1.10', 'DOTTED.name': 'x', HEX: '0x1F', BIG: '123456789012345678901' } },
  });
});

test('places are those of keys and values', () => {
  const node = tree(project, ['tool', 'pycontainer']);
  const places: [readonly (string | number)[], string, string, number][] = [
    [['targets', 'api', 'ports'], 'ports', '[8000, "53/udp"]', 5],
    [['targets', 'api', 'ports', 1], '"53/udp"', '"53/udp"', 5],
    [['defaults', 'environment', 'DOTTED.name'], '"DOTTED.name"', "'x'", 7],
    [['targets', 'api', 'outputs', 1, 'dest'], 'dest', "'''a]'b'''", 13],
    [['targets', 'api', 'outputs', 0, 'type'], 'type', '"oci"', 9],
    [['targets', 'worker', 'workdir'], 'workdir', '"/\\u0061pp"', 16],
  ];
  for (const [path, key, value, line] of places) {
    assert.equal(underlined(locateKey(node, path)), key);
    assert.equal(underlined(locateValue(node, path)), value);
    assert.equal(locateValue(node, path).line, line);
  }
  assert.equal(underlined(locateValue(node, ['targets', 'worker', 'tags', 1, 0])), '"two"');
  assert.equal(underlined(locateKey(node, ['targets', 'worker'])), 'worker');
});

test('a text in three quotes may end with quotes of its own', () => {
  assert.deepEqual(plain(tree('a = """x"""""\nb = 1\nc = \'\'\'y\'\'\'\'\nd = 2\n')), {
    a: 'x""',
    b: '1',
    c: "y'",
    d: '2',
  });
});

test('a text without the table has no manifest', () => {
  assert.equal(readToml(new SourceText('pyproject.toml', '[tool.other]\n'), ['tool', 'pycontainer']), undefined);
});

test('a mistake of TOML has its place', () => {
  assert.throws(
    () => readToml(new SourceText('p.toml', 'a = 1\nb = = 2\n')),
    (error) => {
      assert.ok(error instanceof PycontainerError);
      assert.equal(error.code, 'manifest-syntax');
      assert.deepEqual([error.location?.line, error.location?.column, error.location?.text], [2, 5, 'b = = 2']);
      return true;
    },
  );
});

test('whatever stands in a TOML text, it gives a tree or an error of ours', () => {
  const token = fc.constantFrom(
    '[',
    ']',
    '[[',
    '"',
    "'",
    '"""',
    '=',
    '.',
    '{',
    '}',
    ',',
    '#',
    '\n',
    '\\',
    '1979-05-27',
    '_',
  );
  const edit = fc.record({ at: fc.nat(project.length), remove: fc.nat(6), insert: token });
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
      const text = edits.reduce(
        (old, { at, remove, insert }) => old.slice(0, at) + insert + old.slice(at + remove),
        project,
      );
      try {
        readToml(new SourceText('p.toml', text), ['tool', 'pycontainer']);
      } catch (error) {
        assert.ok(error instanceof PycontainerError && error.location !== undefined, `${String(error)}\n${text}`);
      }
    }),
    { numRuns: 400 },
  );
});

const key = fc
  .oneof(fc.constantFrom('a', 'b-c', 'd.e', 'x y', '"', "'", '='), fc.string({ minLength: 1, maxLength: 4 }))
  .filter((text) => text !== '__proto__');
const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constantFrom('#', ']', '"""', "'''", 'a\nb', '\\'));
const table = fc.letrec<{ value: unknown; table: unknown }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, scalar, fc.array(tie('value'), { maxLength: 3 }), tie('table')),
  table: fc.dictionary(key, tie('value'), { maxKeys: 3 }),
})).table;

test('whatever TOML is written, each bare value’s source text is at its place', () => {
  const texts = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(texts);
    if (typeof value !== 'object' || value === null) return String(value);
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, texts(inner)]));
  };
  fc.assert(
    fc.property(table, (value) => assert.deepEqual(plain(tree(stringify(value))), texts(value))),
    { numRuns: 300 },
  );
});
