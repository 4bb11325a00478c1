import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPoetryLock } from '../../../src/python/lock/poetry.ts';
import type { Lock } from '../../../src/python/lock/lock.ts';
import { parseProject, type Project } from '../../../src/python/project.ts';
import { linux, listed, request } from './support.ts';

function lock(version: string, body: string, more = ''): Lock {
  const text = `${body}\n[metadata]\nlock-version = "${version}"\npython-versions = ">=3.9"\n${more}`;
  return readPoetryLock(text, '/project/shop/poetry.lock', 'poetry.lock');
}

function project(text: string): Promise<Project> {
  return parseProject(text, '/project/shop', 'pyproject.toml');
}

const withGroups = `
[[package]]
name = "Django"
version = "5.1"
optional = false
python-versions = ">=3.10"
groups = ["main"]
files = [
  {file = "Django-5.1-py3-none-any.whl", hash = "sha256:aa"},
  {file = "Django-5.1.tar.gz", hash = "sha256:bb"},
]
[package.dependencies]
asgiref = ">=3.8"
tzdata = {version = "*", markers = "sys_platform == \\"win32\\""}

[[package]]
name = "asgiref"
version = "3.8.1"
groups = ["main", "dev"]
markers = {main = "python_version >= \\"3.10\\"", dev = "python_version < \\"3.0\\""}
files = []

[[package]]
name = "redis"
version = "5.0"
optional = true
groups = ["main"]
markers = "extra == \\"cache\\""
files = []

[[package]]
name = "tzdata"
version = "2025.1"
groups = ["main"]
markers = "sys_platform == \\"win32\\""
files = []

[[package]]
name = "pytest"
version = "8.0"
groups = ["dev"]
files = []

[extras]
cache = ["redis"]
`;

test('from 2.1 on, groups and markers of the lock decide', () => {
  const read = lock('2.1', withGroups);
  const selection = read.select(request());
  assert.deepEqual(listed(selection), ['asgiref 3.8.1', 'django 5.1']);
  const django = selection.packages[1];
  assert.equal(django?.wheels[0]?.filename, 'Django-5.1-py3-none-any.whl');
  assert.equal(django?.wheels[0]?.url, undefined);
  assert.deepEqual(django?.wheels[0]?.hashes, ['sha256:aa']);
  assert.equal(django?.sdist?.filename, 'Django-5.1.tar.gz');
  assert.deepEqual(django?.requires, ['asgiref']);
  assert.equal(django?.location.line, 2);
  assert.deepEqual(listed(read.select(request({ extras: ['cache'], groups: ['dev'] }))), [
    'asgiref 3.8.1',
    'django 5.1',
    'pytest 8.0',
    'redis 5.0',
  ]);
});

test('an unknown extra, group or Python is refused', () => {
  const read = lock('2.1', withGroups);
  assert.throws(() => read.select(request({ extras: ['x'] })), {
    code: 'extra-unknown',
    hint: 'It has the extras cache.',
  });
  assert.throws(() => read.select(request({ groups: ['x'] })), {
    code: 'group-unknown',
    hint: 'It has the groups dev, main.',
  });
  assert.throws(() => read.select(request({ environment: linux('3.8.1') })), { code: 'base-python' });
});

const older = `
[[package]]
name = "requests"
version = "2.32"
python-versions = ">=3.8"
[package.dependencies]
urllib3 = ">=1.21.1,<3"
PySocks = {version = ">=1.5.6", optional = true, markers = "extra == \\"socks\\""}
[package.extras]
socks = ["PySocks (>=1.5.6,!=1.5.7)"]

[[package]]
name = "urllib3"
version = "2.2"
python-versions = ">=3.8"

[[package]]
name = "pysocks"
version = "1.7"
python-versions = "*"

[[package]]
name = "numpy"
version = "1.26"
python-versions = ">=3.9,<3.12"

[[package]]
name = "numpy"
version = "2.0"
python-versions = ">=3.12"

[[package]]
name = "pytest"
version = "8.0"
python-versions = "*"

[extras]
net = ["pysocks"]
`;

const olderProject = `
[tool.poetry]
name = "shop"
version = "1"
[tool.poetry.dependencies]
python = "^3.9"
requests = { version = "^2", extras = ["socks"] }
numpy = [{ version = "^1", python = "<3.12" }, { version = "^2", python = ">=3.12" }]
pysocks = { version = "*", optional = true }
colorama = { version = "*", markers = "sys_platform == 'win32'" }
[tool.poetry.extras]
net = ["pysocks"]
[tool.poetry.group.dev.dependencies]
pytest = "^8"
`;

for (const version of ['1.1', '2.0'])
  test(`before 2.1 the dependencies are followed from the project (${version})`, async () => {
    const read = lock(version, older);
    const shop = await project(olderProject);
    const selection = read.select(request({ project: shop }));
    assert.deepEqual(listed(selection), ['numpy 2.0', 'pysocks 1.7', 'requests 2.32', 'urllib3 2.2']);
    assert.deepEqual(
      selection.packages.map(({ requested }) => requested),
      [true, false, true, false],
    );
    const python311 = read.select(request({ project: shop, environment: linux('3.11.1'), groups: ['dev'] }));
    assert.deepEqual(listed(python311), ['numpy 1.26', 'pysocks 1.7', 'pytest 8.0', 'requests 2.32', 'urllib3 2.2']);
  });

test('before 2.1 a lock without its project says nothing', () => {
  assert.throws(() => lock('2.0', older).select(request()), { code: 'project-not-found' });
});

test('files of the oldest locks stand under metadata', () => {
  const read = lock(
    '2.1',
    '[[package]]\nname = "a"\nversion = "1"\ngroups = ["main"]\n',
    '[metadata.files]\na = [{file = "a-1-py3-none-any.whl", hash = "sha256:aa"}]\n',
  );
  assert.equal(read.select(request()).packages[0]?.wheels[0]?.filename, 'a-1-py3-none-any.whl');
});

test('sources of every kind are read', () => {
  const source = (text: string, more = ''): unknown =>
    lock('2.1', `[[package]]\nname = "a"\nversion = "1"\ngroups = ["main"]\n${more}\n[package.source]\n${text}`).select(
      request(),
    ).packages[0]?.source;
  assert.deepEqual(source('type = "legacy"\nurl = "https://i/simple"\nreference = "i"'), {
    kind: 'index',
    url: 'https://i/simple',
  });
  assert.deepEqual(
    source('type = "git"\nurl = "https://h/a.git"\nreference = "main"\nresolved_reference = "abc"\nsubdirectory = "x"'),
    { kind: 'git', url: 'https://h/a.git', commit: 'abc', subdirectory: 'x' },
  );
  assert.deepEqual(source('type = "directory"\nurl = "../lib"', 'develop = true'), {
    kind: 'directory',
    path: '/project/lib',
    editable: true,
    virtual: false,
  });
  assert.deepEqual(source('type = "file"\nurl = "w/a-1-py3-none-any.whl"'), {
    kind: 'path',
    path: '/project/shop/w/a-1-py3-none-any.whl',
  });
  assert.deepEqual(source('type = "url"\nurl = "https://h/a-1-py3-none-any.whl"'), {
    kind: 'url',
    url: 'https://h/a-1-py3-none-any.whl',
  });
});

test('a lock whose content hash is not that of the project is out of date', async () => {
  const shop = await project('[project]\nname = "shop"\nversion = "1"\n');
  assert.throws(() => lock('2.1', withGroups, 'content-hash = "00"\n').select(request({ project: shop })), {
    code: 'lock-outdated',
    message: 'poetry.lock is out of date: pyproject.toml was changed since',
    hint: 'Write it again: poetry lock.',
  });
});

test('a lock that lacks a dependency is out of date, hash or not', async () => {
  const shop = await project('[project]\nname = "shop"\nversion = "1"\ndependencies = ["flask"]\n');
  assert.throws(() => lock('2.1', withGroups).select(request({ project: shop })), {
    code: 'lock-outdated',
    message: /has no flask/,
  });
});

test('a format version that is not known is refused', () => {
  assert.throws(() => lock('3.0', ''), { code: 'lock-unsupported', message: 'poetry.lock has the format version 3.0' });
});
