import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPdmLock } from '../../../src/python/lock/pdm.ts';
import type { Lock } from '../../../src/python/lock/lock.ts';
import { parseProject } from '../../../src/python/project.ts';
import { linux, listed, request } from './support.ts';

function lock(body: string, metadata = ''): Lock {
  const head = `[metadata]\ngroups = ["default", "dev", "cache"]\nlock_version = "4.5.0"\n${metadata}`;
  return readPdmLock(`${head}\n${body}`, '/project/shop/pdm.lock', 'pdm.lock');
}

const packages = (inherit: boolean): string => {
  const groups = (...names: string[]): string => (inherit ? `groups = ${JSON.stringify(names)}\n` : '');
  return `
[[package]]
name = "django"
version = "5.1"
${groups('default')}dependencies = ["asgiref>=3.8", "tzdata; sys_platform == \\"win32\\""]
files = [
  {file = "Django-5.1-py3-none-any.whl", hash = "sha256:aa"},
  {url = "https://h/Django-5.1.tar.gz", hash = "sha256:bb"},
]
[[package]]
name = "django"
version = "5.1"
extras = ["argon2"]
${groups('default')}dependencies = ["Django==5.1", "argon2-cffi>=19"]
files = [{file = "Django-5.1-py3-none-any.whl", hash = "sha256:aa"}]
[[package]]
name = "argon2-cffi"
version = "25"
${groups('default')}
[[package]]
name = "asgiref"
version = "3.8"
${groups('default', 'dev')}
[[package]]
name = "tzdata"
version = "2025"
${groups('default')}${inherit ? 'marker = "sys_platform == \\"win32\\""' : ''}
[[package]]
name = "redis"
version = "5"
${groups('cache')}
[[package]]
name = "pytest"
version = "8"
${groups('dev')}`;
};

const pyproject = `
[project]
name = "shop"
version = "1"
dependencies = ["django[argon2]>=5"]
optional-dependencies.cache = ["redis"]
[dependency-groups]
dev = ["pytest"]
`;

for (const inherit of [true, false])
  test(`groups, extras and markers are followed ${inherit ? 'as the lock says' : 'from the project'}`, async () => {
    const project = await parseProject(pyproject, '/project/shop', 'pyproject.toml');
    const read = lock(packages(inherit));
    const selection = read.select(request({ project }));
    assert.deepEqual(listed(selection), ['argon2-cffi 25', 'asgiref 3.8', 'django 5.1']);
    const django = selection.packages[2];
    assert.equal(django?.requested, true);
    assert.deepEqual(django?.requires, ['argon2-cffi', 'asgiref']);
    assert.equal(django?.wheels[0]?.filename, 'Django-5.1-py3-none-any.whl');
    assert.equal(django?.sdist?.url, 'https://h/Django-5.1.tar.gz');
    assert.deepEqual(listed(read.select(request({ project, extras: ['cache'], groups: ['dev'] }))), [
      'argon2-cffi 25',
      'asgiref 3.8',
      'django 5.1',
      'pytest 8',
      'redis 5',
    ]);
  });

test('a lock that does not say what the project needs wants the project', () => {
  assert.throws(() => lock(packages(false)).select(request()), { code: 'project-not-found' });
  assert.equal(lock(packages(true)).select(request()).packages.length, 3);
});

test('a target that is not the image is refused', () => {
  const metadata =
    '[[metadata.targets]]\nrequires_python = "==3.12.*"\nplatform = "manylinux_2_17_x86_64"\nimplementation = "cpython"\n';
  const read = lock(packages(true), metadata);
  assert.equal(read.select(request()).packages.length, 3);
  assert.throws(() => read.select(request({ environment: linux('3.11.2') })), { code: 'lock-platform' });
  assert.throws(() => read.select(request({ environment: linux('3.12.2', 'aarch64') })), { code: 'lock-platform' });
});

test('a dependency that the lock lacks makes it out of date', async () => {
  const project = await parseProject(
    pyproject.replace('"django', '"flask", "django'),
    '/project/shop',
    'pyproject.toml',
  );
  for (const inherit of [true, false]) {
    assert.throws(() => lock(packages(inherit)).select(request({ project })), {
      code: 'lock-outdated',
      message: /flask/,
    });
  }
});

test('an unknown group, and another format version, are refused', () => {
  assert.throws(() => lock(packages(true)).select(request({ groups: ['x'] })), { code: 'group-unknown' });
  assert.throws(() => readPdmLock('[metadata]\nlock_version = "3.1"\n', '/pdm.lock', 'pdm.lock'), {
    code: 'lock-unsupported',
  });
});
