import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readProject, type Project } from '../../src/python/project.ts';
import { makeFolder } from '../config/folder.ts';
import { rejectsWith } from '../support/rejects.ts';

async function project(files: Readonly<Record<string, string>>): Promise<Project> {
  await using folder = await makeFolder(files);
  const read = await readProject(folder.path);
  assert.ok(read !== undefined);
  return read;
}

async function version(toml: string, files: Readonly<Record<string, string>> = {}): Promise<string> {
  const found = (
    await project({ ...files, 'pyproject.toml': `[project]\nname = "shop"\ndynamic = ["version"]\n${toml}` })
  ).version;
  return found.kind === 'known' ? found.version : found.reason;
}

test('a project is read with the places of what it asks for', async () => {
  const read = await project({
    'pyproject.toml': `
[project]
name = "My.Shop"
version = "1.2"
requires-python = ">=3.11"
dependencies = [
  "httpx>=0.28",
  "Flask[async] ; python_version < '3.13'",
]
optional-dependencies.Redis_Cache = ["redis"]
[project.scripts]
shop = "shop.cli:main"
[project.entry-points."shop.plugins"]
one = "shop.one"
[dependency-groups]
dev = ["pytest", { include-group = "lint" }]
lint = []
[build-system]
build-backend = "hatchling.build"
[tool.uv]
default-groups = "all"
sources.httpx = { git = "https://host/httpx", tag = "1" }
workspace.members = ["packages/*"]
`,
  });
  assert.equal(read.name, 'my-shop');
  assert.equal(read.writtenName, 'My.Shop');
  assert.deepEqual(read.version, { kind: 'known', version: '1.2' });
  assert.deepEqual(
    read.dependencies.map(({ requirement, location }) => [requirement.name, requirement.extras, location.line]),
    [
      ['httpx', [], 7],
      ['flask', ['async'], 8],
    ],
  );
  assert.deepEqual([...read.optionalDependencies.keys()], ['redis-cache']);
  assert.deepEqual([...read.scripts], [['shop', 'shop.cli:main']]);
  assert.equal(read.entryPoints.get('shop.plugins')?.get('one'), 'shop.one');
  assert.deepEqual(Object.keys(read.dependencyGroups), ['dev', 'lint']);
  assert.equal(read.isPackage, true);
  assert.equal(read.uv.defaultGroups, 'all');
  assert.deepEqual(read.uv.workspace, { members: ['packages/*'], exclude: [] });
  assert.equal(read.uv.sources.get('httpx')?.[0]?.get('tag'), '1');
});

test('there is no project without a pyproject.toml', async () => {
  await using folder = await makeFolder({ 'setup.py': '' });
  assert.equal(await readProject(folder.path), undefined);
});

test('a file with settings only has no name and is no package', async () => {
  const read = await project({ 'pyproject.toml': '[tool.uv.workspace]\nmembers = ["a"]\n' });
  assert.equal(read.name, undefined);
  assert.equal(read.isPackage, false);
});

test('uv decides what is a package: a build system, or its own key', async () => {
  const plain = '[project]\nname = "a"\nversion = "1"\n';
  const built = `${plain}[build-system]\nrequires = []\n`;
  assert.equal((await project({ 'pyproject.toml': plain })).isPackage, false);
  assert.equal((await project({ 'pyproject.toml': built })).isPackage, true);
  assert.equal((await project({ 'pyproject.toml': `${built}[tool.uv]\npackage = false\n` })).isPackage, false);
});

test('a mistake is told with its line', async () => {
  await using syntax = await makeFolder({ 'a/pyproject.toml': '[project\n' });
  const first = await rejectsWith(
    readProject(`${syntax.path}/a`, syntax.path),
    'project-invalid',
    /^a\/pyproject.toml is not valid TOML/,
  );
  assert.equal(first.location?.line, 1);
  await using wrong = await makeFolder({
    'pyproject.toml': '[project]\nname = "a"\ndependencies = [\n  "b",\n  "c =>1",\n]\n',
  });
  const second = await rejectsWith(readProject(wrong.path), 'project-invalid', /"c =>1" is not a requirement/);
  assert.equal(second.location?.line, 5);
});

test('a dynamic version is found where a plain string is assigned', async () => {
  const setuptools = '[build-system]\nbuild-backend = "setuptools.build_meta"\n';
  assert.equal(
    await version(`${setuptools}[tool.setuptools.dynamic]\nversion = { attr = "shop.about.VERSION" }\n`, {
      'src/shop/about.py': '"""Doc."""\nVERSION: str = "2.0"  # now\n',
    }),
    '2.0',
  );
  assert.equal(
    await version(`${setuptools}[tool.setuptools.dynamic.version]\nfile = "VERSION"\n`, { VERSION: '2.1\n' }),
    '2.1',
  );
  assert.equal(
    await version(
      '[build-system]\nbuild-backend = "hatchling.build"\n[tool.hatch.version]\npath = "shop/__init__.py"\n',
      {
        'shop/__init__.py': "import os\n__version__ = 'v2.2'\n",
      },
    ),
    '2.2',
  );
  assert.equal(
    await version('[build-system]\nbuild-backend = "flit_core.buildapi"\n', { 'shop.py': '__version__ = "2.3"\n' }),
    '2.3',
  );
  assert.equal(
    await version(
      '[build-system]\nbuild-backend = "pdm.backend"\n[tool.pdm.version]\nsource = "file"\npath = "v.py"\n',
      {
        'v.py': '__version__="2.4"',
      },
    ),
    '2.4',
  );
  assert.equal(
    await version('[build-system]\nbuild-backend = "poetry.core.masonry.api"\n[tool.poetry]\nversion = "2.5"\n'),
    '2.5',
  );
});

test('a version that is computed stays unknown, with the reason', async () => {
  const setuptools = '[build-system]\nbuild-backend = "setuptools.build_meta"\n';
  assert.match(await version(`${setuptools}[tool.setuptools_scm]\n`), /version control/);
  assert.match(
    await version(`${setuptools}[tool.setuptools.dynamic]\nversion = { attr = "shop.v" }\n`, {
      'shop/__init__.py': 'v = f"{1}.0"\n',
    }),
    /no plain string is assigned to v/,
  );
  assert.match(
    await version(`${setuptools}[tool.setuptools.dynamic]\nversion = { file = "../../etc/hostname" }\n`),
    /cannot be read/,
  );
  assert.match(
    await version('[build-system]\nbuild-backend = "hatchling.build"\n[tool.hatch.version]\nsource = "vcs"\n'),
    /takes it from vcs/,
  );
  assert.match(await version('[build-system]\nbuild-backend = "maturin"\n'), /maturin computes it/);
});

test('a project of Poetry is read from its own table', async () => {
  const read = await project({
    'pyproject.toml': `
[tool.poetry]
name = "shop"
version = "1.0"
[tool.poetry.dependencies]
python = "^3.11"
Django = "~5.1"
redis = { version = "*", optional = true, markers = "sys_platform == 'linux'" }
numpy = [{ version = "^1", python = "<3.12" }, { version = "^2", python = ">=3.12" }]
[tool.poetry.extras]
cache = ["redis"]
[tool.poetry.group.dev.dependencies]
pytest = "*"
[tool.poetry.dev-dependencies]
ruff = "*"
[tool.poetry.scripts]
shop = "shop:main"
`,
  });
  assert.equal(read.name, 'shop');
  assert.equal(read.requiresPython, '>=3.11,<4.0');
  assert.deepEqual(
    read.poetry?.dependencies.map(({ name, constraint, optional }) => [name, constraint, optional]),
    [
      ['django', '~5.1', false],
      ['redis', '*', true],
      ['numpy', '^1', false],
      ['numpy', '^2', false],
    ],
  );
  assert.deepEqual(
    read.poetry?.groups.get('dev')?.map(({ name }) => name),
    ['pytest', 'ruff'],
  );
  assert.deepEqual(read.poetry?.extras.get('cache'), ['redis']);
  assert.deepEqual([...read.scripts], [['shop', 'shop:main']]);
  assert.equal(read.isPackage, true);
});
