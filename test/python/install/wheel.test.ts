import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type WheelProblem, wheelProblem } from '../../../src/python/install/problem.ts';
import { wheelSummary } from '../../../src/python/install/summary.ts';
import { type Wheel, openWheel } from '../../../src/python/install/wheel.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { type WheelSpec, writeWheel } from '../../support/wheel.ts';

let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wheel-'));
});
after(() => rm(folder, { recursive: true }));

async function open(spec: WheelSpec = {}): Promise<Wheel> {
  const { path, filename } = await writeWheel(folder, spec);
  return openWheel(path, filename);
}

function messages(wheel: Wheel): string[] {
  return wheel.warnings.map(({ message }) => message.replace(/^demo-1\.0-py3-none-any\.whl:? /, ''));
}

test('a wheel says its name, version, requirements and entry points', async () => {
  const wheel = await open({
    name: 'Demo.Tool',
    version: '1.0.0',
    files: { 'demo/__init__.py': 'x = 1\n' },
    metadata: [
      'Summary: A tool',
      'Requires-Python: >=3.9',
      'Requires-Dist: a>=1',
      'Requires-Dist: b ;',
      ' extra == "x"',
      'Provides-Extra: x',
      'License-Expression: MIT',
      '',
      'Requires-Dist: not-a-header',
    ],
    entryPoints: '[console_scripts]\ntool = demo:main\n',
  });
  assert.equal(wheel.name, 'demo-tool');
  assert.equal(wheel.version, '1.0.0');
  assert.deepEqual(wheel.metadata, {
    name: 'Demo.Tool',
    version: '1.0.0',
    requiresDist: ['a>=1', 'b ; extra == "x"'],
    requiresPython: '>=3.9',
    providesExtra: ['x'],
    summary: 'A tool',
    license: 'MIT',
  });
  assert.deepEqual([...(wheel.entryPoints.get('console_scripts') ?? [])], [['tool', 'demo:main']]);
  assert.deepEqual(wheel.tags, ['py3-none-any']);
  assert.deepEqual(wheel.warnings, []);
});

test('a summary survives JSON and counts what is installed', async () => {
  const summary = wheelSummary(
    await open({
      files: { 'demo/a.py': '12345', 'demo/__pycache__/a.cpython-312.pyc': '1234', 'mod.py': '', '_c.abi3.so': '1' },
      entryPoints: '[console_scripts]\ntool = demo:main\n',
    }),
  );
  assert.deepEqual(JSON.parse(JSON.stringify(summary)), summary);
  assert.deepEqual(summary.topLevel, ['_c', 'demo', 'mod']);
  assert.deepEqual(summary.entryPoints, { console_scripts: { tool: 'demo:main' } });
  assert.equal(summary.fileCount, 7);
});

test('spellings of one name and one version are the same', async () => {
  const info = { METADATA: 'Name: De_Mo\nVersion: 1.0.0\n' };
  const { path } = await writeWheel(folder, { name: 'De.Mo', info });
  assert.equal((await openWheel(path, 'de_mo-1-py3-none-any.whl')).name, 'de-mo');
});

test('a name that is not that of a wheel is refused', async () => {
  const { path } = await writeWheel(folder);
  await rejectsWith(openWheel(path, 'demo.whl'), 'filename-invalid');
});

test('a wheel that is not there cannot be read', async () => {
  await rejectsWith(openWheel(join(folder, 'none'), 'demo-1.0-py3-none-any.whl'), 'file-unreadable');
  await rejectsWith(openWheel(folder, 'demo-1.0-py3-none-any.whl'), 'file-unreadable');
});

describe('refused', () => {
  const cases: [string, WheelProblem, WheelSpec][] = [
    ['two .dist-info folders', 'dist-info-several', { files: { 'other-2.dist-info/METADATA': '' } }],
    ['a second .dist-info that is an empty folder', 'dist-info-several', { members: [{ name: 'o-2.dist-info/' }] }],
    ['no METADATA', 'metadata-missing', { info: { METADATA: undefined } }],
    ['METADATA without a name', 'metadata-invalid', { info: { METADATA: 'Version: 1.0\n' } }],
    ['METADATA without a version', 'metadata-invalid', { info: { METADATA: 'Name: demo\n' } }],
    ['a name that is a path', 'metadata-invalid', { info: { METADATA: 'Name: ../demo\nVersion: 1.0\n' } }],
    ['another name', 'metadata-mismatch', { info: { METADATA: 'Name: other\nVersion: 1.0\n' } }],
    ['another version', 'metadata-mismatch', { info: { METADATA: 'Name: demo\nVersion: 1.0.1\n' } }],
    ['no WHEEL', 'wheel-file-missing', { info: { WHEEL: undefined } }],
    ['WHEEL without a version', 'wheel-file-invalid', { info: { WHEEL: 'Tag: py3-none-any\n' } }],
    ['a WHEEL of words', 'wheel-file-invalid', { info: { WHEEL: 'Wheel-Version: one\n' } }],
    ['wheel format 2', 'wheel-version', { info: { WHEEL: 'Wheel-Version: 2.0\n' } }],
    ['no RECORD', 'record-missing', { info: { RECORD: undefined } }],
    ['a scheme that is unknown', 'data-scheme', { files: { 'demo-1.0.data/doc/x': '' } }],
    ['a file in .data itself', 'data-scheme', { files: { 'demo-1.0.data/x': '' } }],
    ['a file named like a scheme', 'data-scheme', { files: { 'demo-1.0.data/scripts': '' } }],
    ['a line that is no entry point', 'entry-point', { entryPoints: '[x]\nwords\n' }],
    [
      'a script that is damaged',
      'member-damaged',
      { members: [{ name: 'demo-1.0.data/scripts/s', data: '#!python\n', crc32: 1 }] },
    ],
    ['a RECORD that is a bomb', 'bomb', { info: { RECORD: 'x,'.repeat(5 << 20) } }],
  ];
  for (const [what, problem, spec] of cases) {
    test(what, async () => {
      await assert.rejects(open(spec), (error) => {
        assert.equal(wheelProblem(error), problem, String(error));
        return true;
      });
    });
  }

  test('a .dist-info of another name or version, or none', async () => {
    const { path } = await writeWheel(folder);
    for (const name of ['other-1.0', 'demo-1.1', 'demo.x-1.0']) {
      const error = await rejectsWith(openWheel(path, `${name}-py3-none-any.whl`), 'wheel-invalid');
      assert.equal(wheelProblem(error), 'dist-info-mismatch');
    }
  });

  test('metadata that is not UTF-8', async () => {
    const { path, filename } = await writeWheel(folder, {
      info: { METADATA: undefined },
      members: [
        {
          name: 'demo-1.0.dist-info/METADATA',
          data: Buffer.from('Name: demo\nVersion: 1.0\nSummary: \xe9\n', 'latin1'),
        },
      ],
    });
    const error = await rejectsWith(openWheel(path, filename), 'wheel-invalid');
    assert.equal(wheelProblem(error), 'metadata-encoding');
  });
});

describe('warned', () => {
  const cases: [string, readonly string[], WheelSpec][] = [
    [
      'other tags',
      ['has other tags inside: cp39-none-any'],
      { info: { WHEEL: 'Wheel-Version: 1.0\nTag: cp39-none-any\n' } },
    ],
    [
      'a newer format',
      ['has the newer wheel format 1.9'],
      { info: { WHEEL: 'Wheel-Version: 1.9\nTag: py3-none-any\n' } },
    ],
    [
      'two files at one path',
      ['has several files at a.py; the last is taken'],
      {
        members: [
          { name: 'a.py', data: '1' },
          { name: 'a.py', data: '2' },
        ],
        info: { RECORD: recordFor('2') },
      },
    ],
    [
      'bytes around it',
      ['has 4 bytes before or behind its archive; they are passed over'],
      { zip: { prefix: Buffer.from('junk') } },
    ],
    [
      'files that are not there',
      ['RECORD lists files that are not there b.py'],
      { files: { 'a.py': '1' }, info: { RECORD: `${recordFor('1')}b.py,sha256=x,1\n` } },
    ],
    [
      'files that are not listed',
      ['RECORD has no sha256 or better of a.py'],
      { files: { 'a.py': '1' }, info: { RECORD: recordFor() } },
    ],
    [
      'a weak hash',
      ['RECORD has no sha256 or better of a.py'],
      { files: { 'a.py': '1' }, info: { RECORD: `${recordFor()}a.py,md5=x,1\n` } },
    ],
    [
      'another size',
      ['RECORD has another size of a.py'],
      { files: { 'a.py': '1' }, info: { RECORD: `${recordFor()}a.py,sha256=x,2\n` } },
    ],
    [
      'signatures and odd spellings in RECORD are not',
      [],
      {
        files: { 'a.py': '1', 'demo-1.0.dist-info/RECORD.jws': '{}' },
        info: { RECORD: recordFor('1').replace('a.py', './/a.py') },
      },
    ],
  ];
  for (const [what, warnings, spec] of cases) {
    test(what, async () => {
      assert.deepEqual(messages(await open(spec)), warnings);
    });
  }

  test('many files are named by the first three', async () => {
    const files = Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((name) => [`${name}.py`, '']));
    const [message] = messages(await open({ files, info: { RECORD: recordFor() } }));
    assert.equal(message, 'RECORD has no sha256 or better of a.py, b.py, c.py and 2 more');
  });
});

/** A RECORD that lists the metadata, and a.py when it has bytes; that hashes are right is not looked at here. */
function recordFor(aPy?: string): string {
  const info = ['METADATA', 'WHEEL'].map((name) => `demo-1.0.dist-info/${name},sha384=x,\n`).join('');
  return `${info}${aPy === undefined ? '' : `a.py,sha512=x,${aPy.length}\n`}`;
}

test('a bad file is refused before anything of it is read whole', async () => {
  const path = join(folder, 'truncated');
  await writeFile(path, 'PK');
  await rejectsWith(openWheel(path, 'demo-1.0-py3-none-any.whl'), 'wheel-invalid', /not-a-zip/);
});

test('what is read whole has a limit', async () => {
  const specs: Record<string, WheelSpec> = {
    WHEEL: { info: { WHEEL: randomText((1 << 20) + 1) } },
    'entry_points.txt': { entryPoints: randomText((1 << 20) + 1) },
    RECORD: { info: { RECORD: 'a\n'.repeat(100_000) } },
  };
  for (const [name, spec] of Object.entries(specs)) {
    await assert.rejects(open(spec), (error) => {
      assert.equal(wheelProblem(error), 'too-large', `${name}: ${String(error)}`);
      return true;
    });
  }
});

test('nothing out of a wheel moves a terminal\u2019s cursor', async () => {
  const name = 'a\u001b[2J\u009b.py';
  const wheel = await open({ files: { [name]: '' }, info: { RECORD: recordFor() } });
  assert.deepEqual(messages(wheel), ['RECORD has no sha256 or better of a\\x1b[2J\\x9b.py']);
  await rejectsWith(open({ entryPoints: `[x]\n${name}` }), 'wheel-invalid', /: a\\x1b\[2J\\x9b\.py$/);
});

/** Text that does not deflate well, the same each time. */
function randomText(lengthBytes: number): string {
  let text = '';
  for (let n = 1; text.length < lengthBytes; n = (n * 48_271) % 0x7fffffff) text += n.toString(36);
  return text.slice(0, lengthBytes);
}
