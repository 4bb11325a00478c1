import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { installWheel, wheelEntries } from '../../../src/python/install/entries.ts';
import { type WheelProblem, wheelProblem } from '../../../src/python/install/problem.ts';
import type { InstallTarget } from '../../../src/python/install/target.ts';
import { type Wheel, openWheel } from '../../../src/python/install/wheel.ts';
import type { Entry } from '../../../src/layer/entry.ts';
import { type WheelSpec, writeWheel } from '../../support/wheel.ts';

const venv: InstallTarget = { prefix: '/opt/venv', pythonVersion: [3, 12], layout: 'venv' };
const flat: InstallTarget = {
  prefix: '/var/task',
  pythonVersion: [3, 12],
  layout: 'flat',
  interpreter: '/usr/bin/python3',
};
const site = 'opt/venv/lib/python3.12/site-packages';
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'entries-'));
});
after(() => rm(folder, { recursive: true }));

async function open(spec: WheelSpec): Promise<Wheel> {
  const { path, filename } = await writeWheel(folder, spec);
  return openWheel(path, filename);
}

/** Paths outside of .dist-info, with the mode of what is not a plain file. */
function listing(entries: readonly Entry[]): string[] {
  return entries
    .filter(({ path }) => !path.includes('.dist-info'))
    .map(({ type, path, mode }) =>
      type === 'directory' ? `${path}/` : mode === 0o644 ? path : `${path} ${mode.toString(8)}`,
    );
}

function textOf(entries: readonly Entry[], path: string): string | undefined {
  const entry = entries.find((entry) => entry.path === path);
  if (entry?.type !== 'file' || entry.content.kind !== 'bytes') return undefined;
  return Buffer.from(entry.content.bytes).toString();
}

const everything: WheelSpec = {
  files: {
    'demo/__init__.py': '',
    'demo/__pycache__/__init__.cpython-312.pyc': 'stale',
    'demo/legacy.pyc': 'kept',
    'demo-1.0.data/purelib/pure.py': '',
    'demo-1.0.data/platlib/plat.so': '',
    'demo-1.0.data/headers/demo.h': '',
    'demo-1.0.data/data/share/demo.txt': '',
    'demo-1.0.data/data/lib64/libdemo.so': '',
    'demo-1.0.data/scripts/old': '#!pythonw -u\nprint()\n',
    'demo-1.0.data/scripts/plain': '#!/bin/sh\n',
  },
  members: [{ name: 'demo/run', mode: 0o100711 }],
  entryPoints: '[console_scripts]\ntool = demo:main\n[gui_scripts]\nwindow = demo:gui\n',
};

test('every scheme has its place in a venv, with all folders above', async () => {
  const entries = wheelEntries(await open(everything), venv);
  assert.deepEqual(listing(entries), [
    'opt/',
    'opt/venv/',
    'opt/venv/bin/',
    'opt/venv/bin/old',
    'opt/venv/bin/plain',
    'opt/venv/bin/tool 755',
    'opt/venv/bin/window 755',
    'opt/venv/include/',
    'opt/venv/include/site/',
    'opt/venv/include/site/python3.12/',
    'opt/venv/include/site/python3.12/demo/',
    'opt/venv/include/site/python3.12/demo/demo.h',
    'opt/venv/lib/',
    'opt/venv/lib/libdemo.so',
    'opt/venv/lib/python3.12/',
    `${site}/`,
    `${site}/demo/`,
    `${site}/demo/__init__.py`,
    `${site}/demo/legacy.pyc`,
    `${site}/demo/run 755`,
    `${site}/plat.so`,
    `${site}/pure.py`,
    'opt/venv/share/',
    'opt/venv/share/demo.txt',
  ]);
  assert.ok(entries.every((entry) => entry.uid === 0 && entry.gid === 0 && entry.mtimeSeconds === undefined));
  assert.ok(entries.every((entry) => entry.type !== 'directory' || entry.mode === 0o755));
});

test('a flat layout puts modules and data into the prefix, as pip install --target does', async () => {
  const entries = wheelEntries(await open(everything), flat);
  const shown = listing(entries)
    .filter((path) => !path.endsWith('/'))
    .map((path) => path.replace('var/task/', ''));
  assert.deepEqual(
    shown,
    [
      'bin/old',
      'bin/plain',
      'bin/tool 755',
      'bin/window 755',
      'demo/__init__.py',
      'demo/legacy.pyc',
      'demo/run 755',
      'include/python/demo/demo.h',
      'lib64/libdemo.so',
      'plat.so',
      'pure.py',
      'share/demo.txt',
    ].sort(),
  );
  assert.match(textOf(entries, 'var/task/bin/tool') ?? '', /^#!\/usr\/bin\/python3\n/);
});

test('the library folder is named after the interpreter', async () => {
  const wheel = await open({ files: { 'a.py': '' } });
  const path = (target: InstallTarget): string | undefined =>
    wheelEntries(wheel, target).find((entry) => entry.path.endsWith('/a.py'))?.path;
  assert.equal(
    path({ ...venv, pythonVersion: [3, 14], freeThreaded: true }),
    'opt/venv/lib/python3.14t/site-packages/a.py',
  );
  assert.equal(path({ ...venv, implementation: 'pypy' }), 'opt/venv/lib/pypy3.12/site-packages/a.py');
});

test('scripts that begin with #!python get the interpreter, others are left in the archive', async () => {
  const entries = wheelEntries(await open(everything), venv);
  assert.equal(textOf(entries, 'opt/venv/bin/old'), '#!/opt/venv/bin/python\nprint()\n');
  assert.equal(textOf(entries, 'opt/venv/bin/plain'), undefined);
});

test('an interpreter that the kernel could not start is started by way of a shell', async () => {
  const entries = wheelEntries(await open(everything), { ...venv, prefix: '/my venv' });
  assert.match(
    textOf(entries, 'my venv/bin/tool') ?? '',
    /^#!\/bin\/sh\n'''exec' '\/my venv\/bin\/python' "\$0" "\$@"\n' '''\n/,
  );
  assert.match(textOf(entries, 'my venv/bin/old') ?? '', /^#!\/bin\/sh\n/);
});

test('without an interpreter flat launchers take the first python3', async () => {
  const entries = wheelEntries(await open(everything), { prefix: '/x', layout: 'flat', pythonVersion: [3, 12] });
  assert.match(textOf(entries, 'x/bin/tool') ?? '', /^#!\/usr\/bin\/env python3\nimport sys\n/);
});

test('what an installer writes itself is never taken from a wheel, by whatever way it comes', async () => {
  const own = ['INSTALLER', 'REQUESTED', 'direct_url.json'];
  const info = Object.fromEntries(own.map((name) => [name, 'wheel']));
  const files = { [`demo-1.0.data/data/lib/python3.12/site-packages/demo-1.0.dist-info/direct_url.json`]: 'data' };
  const paths = wheelEntries(await open({ info, files }), venv).map(({ path }) => path);
  assert.deepEqual(
    paths.filter((path) => /(?:RECORD|INSTALLER|REQUESTED|direct_url\.json)$/.test(path)),
    [],
  );
  assert.ok(paths.includes(`${site}/demo-1.0.dist-info/METADATA`));
});

test('old wrappers make way for launchers', async () => {
  const scripts = ['tool', 'tool.exe', 'TOOL-script.py', 'tool-script.py', 'tool.pya', 'd/tool'];
  const files = Object.fromEntries(scripts.map((name) => [`demo-1.0.data/scripts/${name}`, '#!python\n']));
  const entries = wheelEntries(await open({ files, entryPoints: '[console_scripts]\ntool = a:b\n' }), venv);
  const bin = listing(entries).filter((path) => path.startsWith('opt/venv/bin/'));
  assert.deepEqual(bin, ['opt/venv/bin/', 'opt/venv/bin/TOOL-script.py', 'opt/venv/bin/tool 755']);
});

test('versioned launchers of pip and setuptools are made for this Python', async () => {
  const entryPoints =
    '[console_scripts]\npip = p:m\npip3 = p:m\npip3.9 = p:m\npipx = p:x\neasy_install = e:m\neasy_install-3.9 = e:m\n';
  const entries = wheelEntries(await open({ entryPoints }), venv);
  const names = listing(entries).flatMap((path) => /bin\/(\S+) 755$/.exec(path)?.[1] ?? []);
  assert.deepEqual(names, ['easy_install', 'easy_install-3.12', 'pip', 'pip3', 'pip3.12', 'pipx']);
});

test('of files for one path the later in pip\u2019s order is taken, and told', async () => {
  const spec: WheelSpec = {
    members: [
      { name: 'demo-1.0.data/purelib/same.py', data: '1' },
      { name: 'demo-1.0.data/purelib/a.py', data: 'data', method: 0 },
    ],
    files: { 'a.py': 'root', 'same.py': '1', 'demo-1.0.data/data/bin/tool': 'data' },
    entryPoints: '[console_scripts]\ntool = a:b\n[gui_scripts]\ntool = a:c\n',
  };
  const { files, warnings } = installWheel(await open(spec), venv);
  const sources = new Map(files.map(({ entry, source }) => [entry.path, source]));
  assert.equal(sources.get(`${site}/a.py`), 'demo-1.0.data/purelib/a.py');
  assert.match(
    textOf(
      files.map(({ entry }) => entry),
      'opt/venv/bin/tool',
    ) ?? '',
    /import c\n/,
  );
  assert.deepEqual(
    warnings.map(({ message }) => /for \/(\S+);/.exec(message)?.[1]),
    [`${site}/a.py`, 'opt/venv/bin/tool'],
  );
});

describe('refused', () => {
  const data = (path: string): WheelSpec => ({ files: { [`demo-1.0.data/data/${path}`]: '' } });
  const script = (name: string): WheelSpec => ({ entryPoints: `[console_scripts]\n${name} = a:b\n` });
  const cases: [string, WheelProblem, WheelSpec][] = [
    ['data over the interpreter', 'reserved-path', data('bin/python')],
    ['data below the interpreter', 'reserved-path', data('bin/python3/x')],
    ['a script over the interpreter', 'reserved-path', { files: { 'demo-1.0.data/scripts/python3.12': '' } }],
    ['a launcher over the interpreter', 'reserved-path', script('pythonw')],
    ['a free-threaded interpreter', 'reserved-path', script('python3.13t')],
    ['data over pyvenv.cfg', 'reserved-path', data('pyvenv.cfg')],
    ['data over the link lib64', 'reserved-path', data('lib64')],
    ['data over the folder lib', 'file-and-folder', data('lib')],
    ['data over bin', 'file-and-folder', data('bin')],
    ['data over .dist-info', 'file-and-folder', data('lib/python3.12/site-packages/demo-1.0.dist-info')],
    ['a launcher that leads out', 'script-name', script('../evil')],
    ['a launcher that is bin itself', 'script-name', script('.')],
    ['a launcher that is a folder', 'script-name', script('a/')],
    ['an absolute launcher', 'script-name', script('/bin/sh')],
    ['a launcher that deletes', 'script-name', script('.wh.x')],
    ['a launcher below a launcher', 'file-and-folder', { entryPoints: '[console_scripts]\na = a:b\na/b = a:b\n' }],
    ['a launcher of nothing that can be called', 'entry-point', { entryPoints: '[gui_scripts]\na = b\n' }],
  ];
  for (const [what, problem, spec] of cases) {
    test(what, async () => {
      const wheel = await open(spec);
      assert.throws(
        () => wheelEntries(wheel, venv),
        (error) => {
          assert.equal(wheelProblem(error), problem, String(error));
          return true;
        },
      );
    });
  }
});

test('names that only begin like the interpreter are fine', async () => {
  const entryPoints = ['python-config', 'pythonic', 'python2', 'ipython3'].map((name) => `${name} = a:b\n`).join('');
  const entries = wheelEntries(await open({ entryPoints: `[console_scripts]\n${entryPoints}` }), venv);
  assert.equal(listing(entries).filter((path) => path.endsWith(' 755')).length, 4);
});

test('the root of the image can be the prefix of a flat layout', async () => {
  const entries = wheelEntries(await open({ files: { 'a.py': '' } }), { ...flat, prefix: '/' });
  assert.deepEqual(listing(entries), ['a.py']);
});
