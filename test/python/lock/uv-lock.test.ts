import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PycontainerError } from '../../../src/errors.ts';
import { readUvLock } from '../../../src/python/lock/uv-lock.ts';
import type { Lock } from '../../../src/python/lock/lock.ts';
import { parseProject, type Project } from '../../../src/python/project.ts';
import { linux, listed, request } from './support.ts';

const registry = 'source = { registry = "https://pypi.org/simple" }';

function lock(body: string, head = 'requires-python = ">=3.11"'): Lock {
  return readUvLock(`version = 1\nrevision = 3\n${head}\n${body}`, '/project/shop/uv.lock', 'uv.lock');
}

/** A package on an index, with no files. */
function plain(name: string, version: string, dependencies = ''): string {
  return `[[package]]\nname = "${name}"\nversion = "${version}"\n${registry}\ndependencies = [${dependencies}]\n`;
}

const shop = `
[[package]]
name = "shop"
version = "0.1.0"
source = { editable = "." }
dependencies = [
  { name = "httpx", extra = ["http2"] },
  { name = "colorama", marker = "sys_platform == 'win32'" },
]
[package.optional-dependencies]
cache = [{ name = "redis" }]
[package.dev-dependencies]
dev = [{ name = "pytest" }]
[package.metadata]
requires-dist = [
  { name = "colorama", marker = "sys_platform == 'win32'" },
  { name = "httpx", extras = ["http2"], specifier = ">=0.28" },
  { name = "redis", marker = "extra == 'cache'" },
]
provides-extras = ["cache", "none"]
[package.metadata.requires-dev]
dev = [{ name = "pytest", specifier = ">=8" }]
empty = []
`;

const packages = [
  shop,
  plain('colorama', '0.4.6'),
  plain('h2', '4.1.0'),
  `[[package]]
name = "httpx"
version = "0.28.1"
${registry}
sdist = { url = "https://files.example/httpx-0.28.1.tar.gz", hash = "sha256:aa", size = 5 }
wheels = [
  { url = "https://files.example/httpx-0.28.1-py3-none-any.whl", hash = "sha256:bb", size = 3 },
]
[package.optional-dependencies]
http2 = [{ name = "h2" }]
`,
  plain('pytest', '8.0.0'),
  plain('redis', '5.0.0'),
].join('\n');

const pyproject = `
[project]
name = "shop"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = ["httpx[http2]>=0.28", "colorama; sys_platform == 'win32'"]
[project.optional-dependencies]
cache = ["redis"]
none = []
[dependency-groups]
dev = ["pytest>=8"]
empty = []
`;

function project(text = pyproject): Promise<Project> {
  return parseProject(text, '/project/shop', 'pyproject.toml');
}

test('what the project needs in the image is selected, with files and lines of the lock', () => {
  const selection = lock(packages).select(request());
  assert.deepEqual(listed(selection), ['h2 4.1.0', 'httpx 0.28.1', 'shop 0.1.0']);
  const [h2, httpx, own] = selection.packages;
  assert.deepEqual(own?.source, { kind: 'directory', path: '/project/shop', editable: true, virtual: false });
  assert.equal(h2?.requested, false);
  assert.equal(httpx?.requested, true);
  assert.deepEqual(httpx?.requires, ['h2']);
  assert.deepEqual(httpx?.source, { kind: 'index', url: 'https://pypi.org/simple' });
  const [wheel] = httpx?.wheels ?? [];
  assert.equal(wheel?.filename, 'httpx-0.28.1-py3-none-any.whl');
  assert.deepEqual(wheel?.hashes, ['sha256:bb']);
  assert.equal(wheel?.sizeBytes, 3);
  assert.equal(
    wheel?.location?.text,
    '  { url = "https://files.example/httpx-0.28.1-py3-none-any.whl", hash = "sha256:bb", size = 3 },',
  );
  assert.equal(httpx?.sdist?.filename, 'httpx-0.28.1.tar.gz');
  assert.equal(httpx?.location.text, '[[package]]');
});

test('extras and groups are added when asked for, dev is not a default', () => {
  assert.deepEqual(listed(lock(packages).select(request({ extras: ['cache'], groups: ['dev'] }))), [
    'h2 4.1.0',
    'httpx 0.28.1',
    'pytest 8.0.0',
    'redis 5.0.0',
    'shop 0.1.0',
  ]);
});

test('an extra or group that is not declared is refused with those that are', () => {
  assert.throws(() => lock(packages).select(request({ extras: ['nope'] })), {
    code: 'extra-unknown',
    message: 'shop has no extra nope',
    hint: 'It has the extras cache, none.',
  });
  assert.throws(() => lock(packages).select(request({ groups: ['nope'] })), {
    code: 'group-unknown',
    message: 'shop has no dependency group nope',
    hint: 'It has the groups dev, empty.',
  });
  assert.doesNotThrow(() => lock(packages).select(request({ extras: ['none'], groups: ['empty'] })));
});

test('a Python that the lock is not for is refused', () => {
  assert.throws(() => lock(packages).select(request({ environment: linux('3.10.2') })), {
    code: 'base-python',
    message: 'uv.lock is for Python >=3.11, and the base has Python 3.10.2',
  });
});

test('a platform that the lock is not for is refused', () => {
  const head = `requires-python = ">=3.11"\nsupported-markers = ["sys_platform == 'darwin'"]`;
  assert.throws(() => lock(packages, head).select(request()), { code: 'lock-platform' });
});

test('a format version that is not known is refused with a hint', () => {
  assert.throws(
    () => readUvLock('version = 2\n', '/uv.lock', 'uv.lock'),
    (error) => {
      assert.ok(error instanceof PycontainerError);
      assert.equal(error.code, 'lock-unsupported');
      assert.equal(error.message, 'uv.lock has the format version 2');
      assert.match(error.hint ?? '', /uv lock/);
      assert.equal(error.location?.line, 1);
      return true;
    },
  );
});

test('a dependency that the lock lacks is told with its line', () => {
  const broken = lock.bind(undefined, plain('a', '1', '{ name = "b" }'));
  assert.throws(broken, { code: 'lock-syntax', message: 'uv.lock has no package b' });
});

test('forks of a package are told apart by version, source and marker', () => {
  const forked = lock(`
[[package]]
name = "shop"
version = "1"
source = { virtual = "." }
dependencies = [
  { name = "numpy", version = "1.26.4", ${registry}, marker = "python_full_version < '3.12'" },
  { name = "numpy", version = "2.0.0", ${registry}, marker = "python_full_version >= '3.12'" },
]
${plain('numpy', '1.26.4')}
${plain('numpy', '2.0.0')}`);
  assert.deepEqual(listed(forked.select(request({ environment: linux('3.11.4') }))), ['numpy 1.26.4', 'shop 1']);
  assert.deepEqual(listed(forked.select(request({ environment: linux('3.12.4') }))), ['numpy 2.0.0', 'shop 1']);
});

test('one package at two versions is refused with both lines', () => {
  const both = lock(`
[[package]]
name = "shop"
version = "1"
source = { virtual = "." }
dependencies = [{ name = "a", version = "1", ${registry} }, { name = "a", version = "2", ${registry} }]
${plain('a', '1')}
${plain('a', '2')}`);
  assert.throws(() => both.select(request()), {
    code: 'dependency-conflict',
    message: /a twice for this image: 1 \(line \d+\) and 2/,
  });
});

test('extras that exclude each other are refused, and their markers choose the fork', () => {
  const torch = lock(
    `
[[package]]
name = "shop"
version = "1"
source = { virtual = "." }
[package.optional-dependencies]
cpu = [{ name = "torch", version = "2.0+cpu", ${registry} }]
gpu = [{ name = "torch", version = "2.0", ${registry} }]
[package.metadata]
provides-extras = ["cpu", "gpu"]
[[package]]
name = "lib"
version = "1"
${registry}
dependencies = [{ name = "torch", version = "2.0", ${registry}, marker = "extra == 'extra-4-shop-gpu' and extra != 'extra-4-shop-cpu'" }]
${plain('torch', '2.0+cpu')}
${plain('torch', '2.0')}`,
    'requires-python = ">=3.11"\nconflicts = [[{ package = "shop", extra = "cpu" }, { package = "shop", extra = "gpu" }]]',
  );
  assert.deepEqual(listed(torch.select(request({ extras: ['cpu'] }))), ['shop 1', 'torch 2.0+cpu']);
  assert.throws(() => torch.select(request({ extras: ['cpu', 'gpu'] })), {
    code: 'dependency-conflict',
    message: 'the extra cpu of shop and the extra gpu of shop exclude each other in uv.lock',
  });
});

test('the member that the context is decides what is installed; a root without a project installs all', () => {
  const workspace = lock(`
[manifest]
members = ["api", "worker"]
[[package]]
name = "api"
version = "1"
source = { editable = "services/api" }
dependencies = [{ name = "a" }]
[[package]]
name = "worker"
version = "1"
source = { editable = "services/worker" }
dependencies = [{ name = "b" }]
${plain('a', '1')}
${plain('b', '1')}`);
  assert.deepEqual(listed(workspace.select(request({ member: 'api' }))), ['a 1', 'api 1']);
  assert.deepEqual(listed(workspace.select(request())), ['a 1', 'api 1', 'b 1', 'worker 1']);
  assert.throws(() => workspace.select(request({ member: 'web' })), {
    code: 'lock-outdated',
    message: 'uv.lock does not know the project web',
  });
});

test('sources of every kind are told apart, paths made absolute', () => {
  const source = (kind: string, more = ''): unknown =>
    lock(`[[package]]\nname = "shop"\nversion = "1"\nsource = { virtual = "." }\ndependencies = [{ name = "a" }]
[[package]]\nname = "a"\nversion = "1"\nsource = ${kind}\n${more}`).select(request()).packages[0];
  const pick = (kind: string): unknown => (source(kind) as { source: unknown }).source;
  assert.deepEqual(pick('{ git = "https://h/a?subdirectory=x%2Fy&tag=1#abc" }'), {
    kind: 'git',
    url: 'https://h/a',
    commit: 'abc',
    subdirectory: 'x/y',
  });
  assert.deepEqual(pick('{ url = "https://h/a.zip", subdirectory = "x" }'), {
    kind: 'url',
    url: 'https://h/a.zip',
    subdirectory: 'x',
  });
  assert.deepEqual(pick('{ directory = "../a" }'), {
    kind: 'directory',
    path: '/project/a',
    editable: false,
    virtual: false,
  });
  assert.deepEqual(pick('{ path = "w/a-1.zip" }'), { kind: 'path', path: '/project/shop/w/a-1.zip' });
  assert.deepEqual(pick('{ registry = "links" }'), { kind: 'index', url: 'file:///project/shop/links' });
  const local = source('{ registry = "links" }', 'wheels = [{ path = "b/a-1-py3-none-any.whl" }]') as {
    wheels: { url: string; filename: string }[];
  };
  assert.equal(local.wheels[0]?.url, 'file:///project/shop/links/b/a-1-py3-none-any.whl');
  const direct = source('{ path = "w/a-1-py3-none-any.whl" }', 'wheels = [{ filename = "a-1-py3-none-any.whl" }]') as {
    wheels: { url: string }[];
  };
  assert.equal(direct.wheels[0]?.url, 'file:///project/shop/w/a-1-py3-none-any.whl');
  assert.throws(() => source('{ carrier-pigeon = "x" }'), { code: 'lock-syntax' });
});

test('a lock that fits its project is not called out of date, however the markers are written', async () => {
  assert.equal(lock(packages).select(request({ project: await project() })).packages.length, 3);
  const rewritten = pyproject
    .replace("colorama; sys_platform == 'win32'", "Colorama ; 'win32' == sys_platform and python_version >= '3.6'")
    .replace('>=0.28', ' >=0.28.0')
    .replace('>=3.11', '>=3.11,!=3.10.*');
  const selection = lock(packages).select(request({ project: await project(rewritten) }));
  assert.equal(selection.packages.length, 3);
});

const changes: readonly (readonly [what: string, from: string, to: string, message: RegExp])[] = [
  ['a dependency was added', '["httpx', '["flask", "httpx', /the dependencies of pyproject.toml differ .*: flask$/],
  ['a dependency was dropped', ', "colorama; sys_platform == \'win32\'"', '', /: colorama$/],
  ['a version was changed', '>=0.28', '>=0.29', /: httpx\[http2\]>=0.29$/],
  ['an extra was dropped', 'httpx[http2]', 'httpx', /httpx>=0.28$/],
  ['a marker was changed', "'win32'", "'linux'", /: colorama$/],
  ['an optional dependency was moved', 'cache = ["redis"]\nnone = []', 'none = ["redis"]\ncache = []', /: redis$/],
  ['a group was changed', 'pytest>=8', 'pytest>=7', /the group dev of pyproject.toml differ/],
  [
    'requires-python was changed',
    'requires-python = ">=3.11"',
    'requires-python = ">=3.12"',
    /for Python >=3.11, the project for >=3.12$/,
  ],
];

for (const [what, from, to, message] of changes)
  test(`a lock is out of date when ${what}`, async () => {
    const changed = await project(pyproject.replace(from, to));
    assert.throws(
      () => lock(packages).select(request({ project: changed })),
      (error) => {
        assert.ok(error instanceof PycontainerError);
        assert.equal(error.code, 'lock-outdated');
        assert.match(error.message, message);
        assert.equal(error.hint, 'Write it again: uv lock.');
        assert.equal(error.location?.file, 'pyproject.toml');
        return true;
      },
    );
  });

test('packages named like object properties are packages', () => {
  const odd = lock(`
[[package]]
name = "shop"
version = "1"
source = { virtual = "." }
dependencies = [{ name = "constructor" }, { name = "__proto__" }]
[package.optional-dependencies]
toString = [{ name = "__proto__" }]
${plain('constructor', '1')}
${plain('__proto__', '1')}`);
  assert.deepEqual(listed(odd.select(request({ extras: ['tostring'] }))), ['-proto- 1', 'constructor 1', 'shop 1']);
});
