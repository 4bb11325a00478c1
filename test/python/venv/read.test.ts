import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import type { VenvDistribution } from '../../../src/python/venv/distribution.ts';
import { findVenv, readVenv, type Venv } from '../../../src/python/venv/read.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { type VenvPackage, type VenvSpec, writeVenv } from '../../support/venv.ts';

const root = mkdtempSync(path.join(os.tmpdir(), 'venv-'));
after(() => rmSync(root, { recursive: true }));
let count = 0;

function newFolder(): string {
  count += 1;
  return path.join(root, String(count), '.venv');
}

function read(spec: VenvSpec, folder = newFolder()): Venv {
  writeVenv(folder, spec);
  return readVenv(folder, '.venv');
}

function readOne(item: VenvPackage, files: VenvSpec['files'] = {}): VenvDistribution {
  const [only] = read({ packages: [item], files }).distributions;
  assert(only !== undefined);
  return only;
}

const site = 'lib/python3.12/site-packages';

test('the usual names are looked for in their order, as far as they are environments', () => {
  const folder = path.join(root, 'names');
  mkdirSync(path.join(folder, '.venv'), { recursive: true });
  assert.equal(findVenv(folder), undefined);
  for (const name of ['env', 'venv']) writeVenv(path.join(folder, name));
  assert.equal(findVenv(folder), path.join(folder, 'venv'));
});

for (const [library, expected] of [
  ['python3.9', ['cpython', [3, 9], false]],
  ['python3.14t', ['cpython', [3, 14], true]],
  ['pypy3.10', ['pypy', [3, 10], false]],
] as const) {
  test(`lib/${library} says which Python it is for`, () => {
    const { implementation, version, freeThreaded } = read({ library });
    assert.deepEqual([implementation, version, freeThreaded], expected);
  });
}

test('of a distribution, what RECORD lists is taken, without bytecode and what installers write', () => {
  const found = readOne({
    name: 'My-Tool',
    tag: 'cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64',
    files: {
      'my_tool/__init__.py': '',
      'my_tool/__pycache__/__init__.cpython-312.pyc': '',
      '../../../bin/tool': '#!x',
      '../../../share/tool.txt': '',
    },
    info: { REQUESTED: '', 'entry_points.txt': '' },
  });
  assert.deepEqual([found.name, found.metadata.version, found.requested], ['my-tool', '1.0', true]);
  assert.deepEqual(found.tags, ['cp312-cp312-manylinux_2_17_x86_64', 'cp312-cp312-manylinux2014_x86_64']);
  assert.deepEqual(
    found.files.map((file) => file.path),
    [
      'bin/tool',
      `${site}/My_Tool-1.0.dist-info/METADATA`,
      `${site}/My_Tool-1.0.dist-info/WHEEL`,
      `${site}/My_Tool-1.0.dist-info/entry_points.txt`,
      `${site}/my_tool/__init__.py`,
      'share/tool.txt',
    ],
  );
});

test('an editable install is known by the folder that it comes from', () => {
  const info = { 'direct_url.json': '{"dir_info": {"editable": true}, "url": "file:///home/me/my%20lib"}' };
  assert.deepEqual(readOne({ name: 'lib', info }).project, { folder: '/home/me/my lib', editable: true });
});

test('a copy of a folder is known too, and a file from elsewhere is none', () => {
  const from = (text: string): VenvDistribution => readOne({ name: 'lib', info: { 'direct_url.json': text } });
  assert.equal(from('{"dir_info": {}, "url": "file:///home/me/lib"}').project?.editable, false);
  for (const text of [
    '{"archive_info": {}, "url": "https://x/lib.whl"}',
    '{',
    '[]',
    'null',
    '{"url": 1, "dir_info": {}}',
  ])
    assert.equal(from(text).project, undefined);
});

test('what no package lists is named, but for what belongs to the environment itself', () => {
  const { unowned } = read({
    packages: [{ name: 'lib', files: { 'lib/__init__.py': '' } }],
    files: {
      [`${site}/stray.py`]: '',
      [`${site}/easy-install.pth`]: '',
      [`${site}/_virtualenv.pth`]: '',
      [`${site}/__pycache__/lib.pyc`]: '',
      [`${site}/~ib/__init__.py`]: '',
      [`${site}/~ib-1.0.dist-info/METADATA`]: '',
    },
  });
  assert.deepEqual(unowned, ['easy-install.pth', 'stray.py']);
});

test('files that RECORD lists and that are gone are told, bytecode apart', () => {
  const record = 'lib.py,,\ngone.py,,\n__pycache__/lib.cpython-312.pyc,,\nlib-1.0.dist-info/RECORD,,\n';
  const { missing, files } = readOne({ name: 'lib', files: { 'lib.py': '' }, info: { RECORD: record } });
  assert.deepEqual([missing, files.map((file) => file.path)], [[`${site}/gone.py`], [`${site}/lib.py`]]);
});

test('links are followed: to files of a cache, and from lib64', () => {
  const folder = newFolder();
  const record = `lib.py,,\n../../../lib64/python3.12/site-packages/other.py,,\n${folder}/share/x,,\n`;
  writeVenv(folder, { packages: [{ name: 'lib', info: { RECORD: record } }], files: { 'share/x': '' } });
  writeFileSync(path.join(root, 'cached.py'), 'cached');
  for (const name of ['lib.py', 'other.py']) symlinkSync(path.join(root, 'cached.py'), path.join(folder, site, name));
  const files = readVenv(folder, '.venv').distributions.flatMap((item) => item.files);
  assert.deepEqual(
    files.map((file) => [file.path, Number(file.stat.size)]),
    [
      [`${site}/lib.py`, 6],
      [`${site}/other.py`, 6],
      ['share/x', 0],
    ],
  );
});

const refused: readonly (readonly [what: string, VenvSpec, code: 'lock-unsupported' | 'lock-platform', RegExp])[] = [
  [
    'files outside',
    { packages: [{ name: 'lib', info: { RECORD: '../../../../escape.py,,\n' } }] },
    'lock-unsupported',
    /outside of it/,
  ],
  [
    'absolute paths elsewhere',
    { packages: [{ name: 'lib', info: { RECORD: '/etc/passwd,,\n' } }] },
    'lock-unsupported',
    /outside of it/,
  ],
  [
    'a package without RECORD',
    { packages: [{ name: 'lib', info: { RECORD: undefined } }] },
    'lock-unsupported',
    /has no RECORD/,
  ],
  [
    'a package without METADATA',
    { packages: [{ name: 'lib', info: { METADATA: undefined } }] },
    'lock-unsupported',
    /has no METADATA/,
  ],
  ['no packages folder', { library: 'site' }, 'lock-unsupported', /no lib\/pythonX\.Y\/site-packages/],
  ['Windows', { library: 'x', files: { 'Scripts/python.exe': '' } }, 'lock-platform', /made on Windows/],
];
for (const [what, spec, code, message] of refused) {
  test(`an environment with ${what} is refused`, async () => {
    await rejectsWith((async () => read(spec))(), code, message);
  });
}
