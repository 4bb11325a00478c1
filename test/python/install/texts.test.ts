import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { formatDirectUrl } from '../../../src/python/install/direct-url.ts';
import { parseEntryPoints, scriptEntryPoint } from '../../../src/python/install/entry-points.ts';
import { header, parseHeaders, parseMetadata } from '../../../src/python/install/metadata.ts';
import { wheelProblem } from '../../../src/python/install/problem.ts';
import { formatRecord, parseRecord } from '../../../src/python/install/record-file.ts';

describe('headers', () => {
  test('names have no case, values may come several times and over several lines', () => {
    const headers = parseHeaders('Tag: a\r\ntag:b\nDescription: one\n        two\nTAG:  c  \n');
    assert.deepEqual(headers.get('tag'), ['a', 'b', 'c  ']);
    assert.equal(header(headers, 'tag'), 'a');
    assert.deepEqual(headers.get('description'), ['one\ntwo']);
  });

  test('an empty line ends them, and so does a line that is none', () => {
    assert.deepEqual([...parseHeaders('A: 1\n\nB: 2\n').keys()], ['a']);
    assert.deepEqual([...parseHeaders('A: 1\nwords\nB: 2\n').keys()], ['a']);
    assert.deepEqual([...parseHeaders('\uFEFFA: 1\nB: 2\n').keys()], []);
  });

  test('a line of blanks continues a value, as in licenses of many paragraphs', () => {
    const text = 'Name: a\nVersion: 1\nLicense: x\n        \n        y\n\t\nRequires-Dist: b\n';
    assert.deepEqual(parseMetadata(text)?.requiresDist, ['b']);
    assert.deepEqual(parseHeaders('A: 1\n \n x\n\t\nB: 2\n').get('a'), ['1\n\nx\n']);
  });

  test('lines without a name are passed over with what continues them, and other separators are text', () => {
    assert.deepEqual([...parseHeaders(' x\nA: 1\n')], [['a', ['1']]]);
    assert.deepEqual(
      [...parseHeaders('A: 1\n: x\n y\nFrom a: b\n c\nB: 2\n')],
      [
        ['a', ['1']],
        ['b', ['2']],
      ],
    );
    assert.deepEqual(
      [...parseHeaders('A: 1\u20282\nB: 3\n')],
      [
        ['a', ['1\u20282']],
        ['b', ['3']],
      ],
    );
  });

  test('a license of many lines is text, not a name', () => {
    assert.equal(parseMetadata('Name: a\nVersion: 1\nLicense: x\n  y\n')?.license, undefined);
    assert.equal(parseMetadata('Name: a\nVersion: 1\nLicense: BSD\n')?.license, 'BSD');
  });
});

describe('entry points', () => {
  test('sections are one by name, names keep case and colons, comments and strays mean nothing', () => {
    const text = 'stray\n[a]\nX = m:f\n# c = d\n; e = f\n[b]\n\n[a]\n  y:z=m : g [x]  \nX = m:h\n';
    const groups = [...parseEntryPoints(text, 'x.whl')].map(([group, values]) => [group, [...values]]);
    assert.deepEqual(groups, [
      [
        'a',
        [
          ['X', 'm:h'],
          ['y:z', 'm : g [x]'],
        ],
      ],
      ['b', []],
    ]);
  });

  test('scripts are a module, a colon and what is called in it', () => {
    const read = (value: string): string => {
      const { module, attribute } = scriptEntryPoint('s', value, 'x.whl');
      return `${module} ${attribute}`;
    };
    assert.equal(read('a.b:c.d'), 'a.b c.d');
    assert.equal(read('a:b [x, y]'), 'a b');
    assert.equal(read('a:b ; words'), 'a b');
    assert.equal(read('pä:ñ'), 'pä ñ');
    for (const value of ['', 'a', 'a:', ':b', 'a:b:c', 'a : b', 'a:b[', 'a:b]', '-a:b', 'a;b:c', '(a):b', 'a\n:b']) {
      assert.throws(
        () => read(value),
        (error) => wheelProblem(error) === 'entry-point',
        value,
      );
    }
  });
});

describe('RECORD', () => {
  test('rows may be quoted, short, long, and end in any way', () => {
    const rows = [...parseRecord('a,h,1\r\n"b,""c""",,\nd\n\n"e\nf",x,2,more\r"g"h,,\n"""i",,')];
    assert.deepEqual(rows, [
      ['a', 'h', '1'],
      ['b,"c"', '', ''],
      ['d', '', ''],
      ['e\nf', 'x', '2'],
      ['gh', '', ''],
      ['"i', '', ''],
    ]);
  });

  test('rows are written by the bytes of their path', () => {
    const rows = ['\u{10000}', '\uFFFD', 'b', 'a/b', 'a.b', 'Z'].map((path) => [path, '', ''] as const);
    assert.deepEqual(formatRecord(rows).split('\n'), ['Z,,', 'a.b,,', 'a/b,,', 'b,,', '\uFFFD,,', '\u{10000},,', '']);
  });

  test('what is written is read again', () => {
    const path = fc.string({ minLength: 1 }).filter((text) => text.isWellFormed());
    fc.assert(
      fc.property(path, fc.string(), (name, hash) => {
        assert.deepEqual([...parseRecord(formatRecord([[name, hash, '1']]))], [[name, hash, '1']]);
      }),
      { numRuns: 300 },
    );
  });

  test('rows are the same whether a quote stands somewhere in the file or not', () => {
    const plain = fc.string({ unit: fc.constantFrom('a', 'b', ',', '\r', '\n', '\r\n'), maxLength: 30 });
    fc.assert(
      fc.property(plain, (text) => {
        assert.deepEqual([...parseRecord(`${text}\n"q",,`)], [...parseRecord(text), ['q', '', '']]);
      }),
      { numRuns: 300 },
    );
  });

  test('a row of a million quotes takes no longer than it is long', () => {
    assert.equal([...parseRecord('"a""'.repeat(250_000))].length, 1);
  });
});

describe('direct_url.json', () => {
  test('is written as pip writes it', () => {
    const url = 'https://files.example/demo.whl';
    assert.equal(
      formatDirectUrl({ kind: 'archive', url, sha256: 'ab', subdirectory: 's' }),
      '{"archive_info": {"hash": "sha256=ab", "hashes": {"sha256": "ab"}}, "subdirectory": "s", "url": "https://files.example/demo.whl"}',
    );
    assert.equal(formatDirectUrl({ kind: 'archive', url }), `{"archive_info": {}, "url": "${url}"}`);
    assert.equal(
      formatDirectUrl({ kind: 'directory', url: 'file:///src/demo', editable: true }),
      '{"dir_info": {"editable": true}, "url": "file:///src/demo"}',
    );
    assert.equal(
      formatDirectUrl({ kind: 'git', url: 'ssh://git@example/demo', commit: 'c0ffee' }),
      '{"url": "ssh://git@example/demo", "vcs_info": {"commit_id": "c0ffee", "vcs": "git"}}',
    );
  });

  test('has no credentials, but may have the names of variables', () => {
    const url = (text: string): unknown =>
      (JSON.parse(formatDirectUrl({ kind: 'archive', url: text })) as { url: string }).url;
    assert.equal(url('https://user:pass@example/x'), 'https://example/x');
    assert.equal(url('https://token@example/x@1'), 'https://example/x@1');
    assert.equal(url('https://${USER}:${PASS}@example/x'), 'https://${USER}:${PASS}@example/x');
    assert.equal(url('https://example/a@b'), 'https://example/a@b');
  });
});
