import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { SelectedFiles } from '../../src/app/app-file.ts';
import { selectFiles, type SelectOptions } from '../../src/app/select.ts';

interface Tree {
  readonly [path: string]: string;
}

function select(tree: Tree, options: Partial<SelectOptions> = {}, prepare?: (folder: string) => void): SelectedFiles {
  const folder = mkdtempSync(join(tmpdir(), 'select-'));
  try {
    for (const [path, text] of Object.entries(tree)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      if (!path.endsWith('/')) writeFileSync(join(folder, path), text);
      else mkdirSync(join(folder, path), { recursive: true });
    }
    prepare?.(folder);
    const context = join(folder, options.context ?? '');
    const own = (options.ownOutputs ?? []).map((path) => join(folder, path));
    return selectFiles({ include: [], exclude: [], ...options, context, ownOutputs: own });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function paths(tree: Tree, options: Partial<SelectOptions> = {}): readonly string[] {
  return select(tree, options).files.map(({ path }) => path);
}

test('without ignore files all is packed but what must not be packed by accident', () => {
  const tree = {
    'main.py': '',
    'pkg/__init__.py': '',
    'pkg/__pycache__/x.pyc': '',
    '.git/HEAD': 'ref',
    '.env': 'SECRET=1',
    '.env.production': 'SECRET=2',
    '.env.example': 'SECRET=',
    '.venv/pyvenv.cfg': '',
    'env-of-mine/pyvenv.cfg': '',
    'env-of-mine/lib/x.py': '',
    id_ed25519: '',
    'uv.lock': '',
    'pycontainer.yaml': '',
    '.pycontainer/images/api/index.json': '',
  };
  assert.deepEqual(paths(tree), ['.env.example', 'main.py', 'pkg/__init__.py']);
});

test('a private key is known by its content, a public certificate is packed', () => {
  const tree = {
    'a.pem': '-----BEGIN CERTIFICATE-----\n',
    'b.pem': '-----BEGIN CERTIFICATE-----\n-----BEGIN RSA PRIVATE KEY-----\n',
    'c.pem': '-----BEGIN PRIVATE KEY-----\n',
  };
  assert.deepEqual(paths(tree), ['a.pem']);
  assert.deepEqual(paths(tree, { include: ['c.pem'] }), ['a.pem', 'c.pem']);
});

test('a link with the name of a key that leads to no file is packed as it is', () => {
  const { files } = select({ 'keys/x': '' }, {}, (folder) => {
    symlinkSync('keys', join(folder, 'a.pem'));
    symlinkSync('nowhere', join(folder, 'b.pem'));
  });
  assert.deepEqual(
    files.map(({ path, target }) => [path, target]),
    [
      ['a.pem', 'keys'],
      ['b.pem', 'nowhere'],
      ['keys/x', undefined],
    ],
  );
});

test('nested .gitignore files count below their folder, and the deepest has the word', () => {
  const tree = {
    '.gitignore': '*.log\n/build/\n',
    'a.log': '',
    'build/x.py': '',
    'src/build/y.py': '',
    'src/.gitignore': '!keep.log\nlocal.py\n',
    'src/keep.log': '',
    'src/drop.log': '',
    'src/local.py': '',
    'local.py': '',
  };
  assert.deepEqual(paths(tree), ['.gitignore', 'local.py', 'src/.gitignore', 'src/build/y.py', 'src/keep.log']);
});

test("the repository's .gitignore above the context counts", () => {
  const tree = {
    '.git/HEAD': '',
    '.gitignore': '*.tmp\n/services/api/gen/\n',
    'services/api/a.tmp': '',
    'services/api/b.py': '',
    'services/api/gen/c.py': '',
  };
  assert.deepEqual(paths(tree, { context: 'services/api' }), ['b.py']);
});

test('a .dockerignore decides alone, in its own grammar', () => {
  const tree = {
    '.dockerignore': '# all but the package\n*\n!pkg\npkg/**/*.txt\n!pkg/data/keep.txt\n',
    '.gitignore': 'pkg/\n',
    'main.py': '',
    'pkg/__init__.py': '',
    'pkg/data/drop.txt': '',
    'pkg/data/keep.txt': '',
  };
  assert.deepEqual(paths(tree), ['pkg/__init__.py', 'pkg/data/keep.txt']);
});

test('matching is case-sensitive', () => {
  assert.deepEqual(paths({ '.gitignore': '*.LOG\n', 'a.log': '', 'b.LOG': '' }), ['.gitignore', 'a.log']);
  assert.deepEqual(paths({ '.dockerignore': '*.LOG\n', 'a.log': '', 'b.LOG': '' }), ['.dockerignore', 'a.log']);
});

test('include wins over ignore rules, exclude and guard, and brings nothing else with it', () => {
  const tree = {
    '.gitignore': '_version.py\nstatic/\n',
    'pkg/_version.py': '',
    'static/app.js': '',
    'static/app.css': '',
    '.venv/bin/tool': '',
    '.venv/bin/other': '',
    'docs/a.md': '',
  };
  const options = {
    include: ['pkg/_version.py', 'static/*.js', '.venv/bin/tool'],
    exclude: ['docs/', 'pkg/', '.gitignore'],
  };
  assert.deepEqual(paths(tree, options), ['.venv/bin/tool', 'pkg/_version.py', 'static/app.js']);
});

test('importable files that an ignore rule left out are named', () => {
  const tree = {
    '.gitignore': '_version.py\n*.log\nbuild/\n',
    'pkg/_version.py': '',
    'pkg/x.log': '',
    'build/y.py': '',
  };
  assert.deepEqual(select(tree).leftOut, ['pkg/_version.py']);
});

test('our own output inside the context is not packed', () => {
  assert.deepEqual(paths({ 'a.py': '', 'out/index.json': '', 'image.tar': '' }, { ownOutputs: ['out', 'image.tar'] }), [
    'a.py',
  ]);
});

test('empty folders, executable bits, links and odd names are kept', () => {
  const tree = { 'run.sh': '', 'empty/': '', 'naïve ❤.py': '', 'x.py': '' };
  const { files, dangling } = select(tree, {}, (folder) => {
    chmodSync(join(folder, 'run.sh'), 0o700);
    symlinkSync('x.py', join(folder, 'inside'));
    symlinkSync('../../outside', join(folder, 'outside'));
    symlinkSync('/usr/share/zoneinfo', join(folder, 'system'));
  });
  const byPath = new Map(files.map((file) => [file.path, file]));
  assert.equal(byPath.get('empty')?.type, 'directory');
  assert.equal(byPath.get('run.sh')?.executable, true);
  assert.equal(byPath.get('x.py')?.executable, false);
  assert.equal(byPath.get('inside')?.target, 'x.py');
  assert.equal(byPath.get('naïve ❤.py')?.type, 'file');
  assert.deepEqual(dangling, ['outside']);
});
