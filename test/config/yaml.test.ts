import assert from 'node:assert/strict';
import { test } from 'node:test';
import { child, locateKey, locateValue, toPlain, type PlainValue } from '../../src/config/node.ts';
import { PycontainerError } from '../../src/errors.ts';
import { yaml } from './manifests.ts';

const read = (text: string): unknown => JSON.parse(JSON.stringify(toPlain(yaml(text))));

function refusal(text: string): string[] {
  try {
    yaml(text);
  } catch (error) {
    assert.ok(error instanceof PycontainerError);
    return [error, ...error.others].map(({ code, message, location }) => {
      assert.equal(code, 'manifest-syntax');
      return `${location?.line}:${location?.column} ${message}`;
    });
  }
  return [];
}

test('scalars are their source text, quoted ones their content', () => {
  const text =
    "a: 1.10\nb: yes\nc: 0x1F\nd: 0644\ne: 1e3\nf: \"x\\ty\"\ng: 'it''s'\nh: |\n  two\n  lines\ni: 2020-01-01\nj: True\n";
  const expected = {
    a: '1.10',
    b: 'yes',
    c: '0x1F',
    d: '0644',
    e: '1e3',
    f: 'x\ty',
    g: "it's",
    h: 'two\nlines\n',
    i: '2020-01-01',
    j: 'True',
  };
  assert.deepEqual(read(text), expected);
});

test('an empty value, ~ and null are no value; quoted they are text', () => {
  assert.deepEqual(read('a:\nb: ~\nc: null\nd: ""\ne: "null"\n'), { a: null, b: null, c: null, d: '', e: 'null' });
});

test('an empty document is an empty value', () => {
  for (const text of ['', '\n', '# only a comment\n', '---\n']) assert.equal(read(text), null, JSON.stringify(text));
});

test('keys are text', () => {
  assert.deepEqual(read('8000: a\n1.10: b\n"x y": c\ntrue: d\n'), { '8000': 'a', '1.10': 'b', 'x y': 'c', true: 'd' });
});

test('a byte order mark and CRLF change nothing', () => {
  assert.deepEqual(read('\uFEFFa: 1\r\nb: [x]\r\n'), { a: '1', b: ['x'] });
  const location = locateValue(yaml('\uFEFFa: 1\r\nb: [x]\r\n'), ['b', 0]);
  assert.deepEqual([location.line, location.column, location.text], [2, 5, 'b: [x]']);
});

test('the words of YAML 1.1 stay text even where a document asks for it', () => {
  assert.deepEqual(read('%YAML 1.1\n---\na: yes\nb: 0777\n'), { a: 'yes', b: '0777' });
});

test('aliases are followed, and values keep the place of their anchor', () => {
  const node = yaml('a: &x {b: 1}\nc: *x\n');
  assert.deepEqual(JSON.parse(JSON.stringify(toPlain(node))), { a: { b: '1' }, c: { b: '1' } });
  assert.equal(locateValue(node, ['c', 'b']).line, 1);
  assert.equal(locateKey(node, ['c']).line, 2);
});

test('merge keys bring what the map itself does not say; of several the first wins', () => {
  assert.deepEqual(read('a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {<<: [*b, *a], x: 3}\nd:\n  x: 4\n  <<: *a\n'), {
    a: { x: '1', y: '1' },
    b: { y: '2', z: '2' },
    c: { x: '3', y: '2', z: '2' },
    d: { x: '4', y: '1' },
  });
  assert.equal(refusal('a: &a {x: 1}\nc:\n  <<: *a\n  <<: *a\n').length, 1);
  assert.deepEqual(read('"<<": {a: 1}\n'), { '<<': { a: '1' } });
});

test('places are those of keys and values', () => {
  const node = yaml('a:\n  bc: [d, "e f"]\n');
  const key = locateKey(node, ['a', 'bc']);
  assert.deepEqual([key.line, key.column, key.length], [2, 3, 2]);
  const value = locateValue(node, ['a', 'bc', 1]);
  assert.deepEqual([value.line, value.column, value.length, value.text], [2, 11, 5, '  bc: [d, "e f"]']);
  assert.equal(locateValue(node, ['a', 'bc', 7, 'x']).column, 7);
  assert.equal(child(node, 'toString'), undefined);
});

test('mistakes of YAML have their place, all of them', () => {
  assert.deepEqual(refusal('a: 1\na: 2\nb: 3\nb: 4\n'), [
    '2:1 This key stands twice in one map',
    '4:1 This key stands twice in one map',
  ]);
  assert.deepEqual(refusal('a: *nope\n').length, 1);
  assert.match(refusal('a: "x\n')[0] ?? '', /The text that begins here has no " at its end/);
  assert.match(refusal('a:\n\tb: 1\n')[0] ?? '', /^2:1 /);
  assert.deepEqual(refusal('a: !!binary aGk=\n'), ['1:4 Tags of YAML have no meaning here']);
  assert.deepEqual(refusal('a: !secret x\n').length, 1);
  assert.equal(refusal('--- {a: 1}\n--- {b: 1}\n').length, 1);
  assert.ok(refusal('? [x]\n: 1\n').length >= 1);
  assert.deepEqual(refusal('a: {<<: [1]}\n'), ["1:5 '<<' takes a map or a list of maps"]);
});

test('an alias within what it stands for is refused', () => {
  assert.deepEqual(refusal('a: &x\n  b: *x\n'), ["2:6 '*x' contains itself"]);
  assert.deepEqual(refusal('a: &x [1, [*x]]\n'), ["1:12 '*x' contains itself"]);
});

test('aliases that multiply are bounded', () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let level = 1; level < 10; level++) {
    lines.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(', ')}]`);
  }
  assert.match(refusal(lines.join('\n'))[0] ?? '', /more than 1000 aliases/);
  const wide = `a: &a [${'x, '.repeat(1000)}x]\nb: [${'*a, '.repeat(200)}*a]\n`;
  assert.match(refusal(wide)[0] ?? '', /Aliases make this manifest too large/);
});

test('what is nested too deeply is refused', () => {
  assert.match(refusal('['.repeat(80) + ']'.repeat(80))[0] ?? '', /too deeply nested/);
  assert.match(refusal('- '.repeat(20_000))[0] ?? '', /too deeply nested/);
});

test('names that mean something to JavaScript are keys like others', () => {
  const plain = toPlain(yaml('constructor: a\n__proto__: b\ntoString: c\n')) as Record<string, PlainValue>;
  assert.deepEqual(Object.keys(plain), ['constructor', '__proto__', 'toString']);
  assert.equal(Object.getPrototypeOf(plain), null);
});
