import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { PycontainerError } from '../../../src/errors.ts';
import { markerEnvironment } from '../../../src/python/environment.ts';
import type { SelectRequest, Selection } from '../../../src/python/lock/lock.ts';
import { readPylock } from '../../../src/python/lock/pylock.ts';

const environment = markerEnvironment({
  interpreter: { version: '3.12.7', implementation: 'cpython' },
  machine: 'x86_64',
});

const head = `lock-version = "1.0"
created-by = "hand"
`;

const lock = `${head}environments = ["sys_platform == 'linux'"]
requires-python = ">=3.11"
extras = ["fast"]
dependency-groups = ["dev", "Test_All"]
default-groups = ["dev"]

[[packages]]
name = "attrs"
version = "25.1.0"
index = "https://pypi.org/simple"
[[packages.wheels]]
url = "https://files.example/a/attrs-25.1.0-py3-none-any.whl"
size = 63152
hashes = { sha256 = "c75a", blake2b = "00" }
[packages.sdist]
name = "attrs-25.1.0.tar.gz"
path = "vendor/x.tar.gz"
hashes = { sha256 = "aa" }

[[packages]]
name = "cattrs"
version = "24.1.2"
dependencies = [{ name = "Attrs" }, { name = "gone" }, { version = "1" }]
wheels = [{ path = 'vendor\\cattrs-24.1.2-py3-none-any.whl', url = "https://files.example/c", hashes = { sha256 = "bb" } }]

[[packages]]
name = "speed"
marker = "'fast' in extras"
archive = { url = "https://files.example/speed.zip", subdirectory = "py", hashes = { sha256 = "cc" } }

[[packages]]
name = "pytest"
marker = "'dev' in dependency_groups"
directory = { path = "../pytest", subdirectory = "src", editable = true }

[[packages]]
name = "tox"
marker = "'test-all' in dependency_groups"
vcs = { type = "git", url = "https://git.example/tox", commit-id = "f00d" }

[[packages]]
name = "local"
marker = "python_version >= '3'"
archive = { path = "dist/local-1-py3-none-any.whl", hashes = { sha256 = "dd" } }

[[packages]]
name = "pywin32"
marker = "sys_platform == 'win32'"
vcs = { type = "hg", url = "https://hg.example/x", commit-id = "1" }
`;

const select = (text: string, request: Partial<SelectRequest> = {}): Selection =>
  readPylock(text, '/work space/app/pylock.toml', 'app/pylock.toml').select({
    environment,
    tags: [],
    extras: [],
    groups: [],
    ...request,
  });
const names = (request: Partial<SelectRequest> = {}): string[] =>
  select(lock, request).packages.map(({ name }) => name);

test('markers, extras and groups decide; the default groups where none is asked for', () => {
  assert.deepEqual(names(), ['attrs', 'cattrs', 'local', 'pytest']);
  assert.deepEqual(names({ groups: ['test-all'] }), ['attrs', 'cattrs', 'local', 'tox']);
  assert.deepEqual(names({ extras: ['fast'], groups: ['dev', 'test-all'] }), [
    'attrs',
    'cattrs',
    'local',
    'pytest',
    'speed',
    'tox',
  ]);
});

test('a package carries its files, its line and what it requires', () => {
  const { packages, warnings } = select(lock);
  const [attrs, cattrs] = packages;
  assert.deepEqual(warnings, []);
  const { location, wheels, sdist, ...rest } = attrs!;
  assert.equal(location.line, 9);
  assert.deepEqual(rest, {
    name: 'attrs',
    version: '25.1.0',
    source: { kind: 'index', url: 'https://pypi.org/simple' },
    hashes: [],
    requested: false,
    requires: [],
  });
  assert.deepEqual(
    [...wheels, sdist!].map(({ location: place, ...file }) => [place?.line, file]),
    [
      [
        13,
        {
          filename: 'attrs-25.1.0-py3-none-any.whl',
          url: 'https://files.example/a/attrs-25.1.0-py3-none-any.whl',
          hashes: ['sha256:c75a', 'blake2b:00'],
          sizeBytes: 63152,
        },
      ],
      [
        17,
        {
          filename: 'attrs-25.1.0.tar.gz',
          url: 'file:///work%20space/app/vendor/x.tar.gz',
          hashes: ['sha256:aa'],
        },
      ],
    ],
  );
  assert.deepEqual([cattrs!.requires, cattrs!.requested], [['attrs'], true]);
  assert.deepEqual(
    cattrs!.wheels.map(({ filename, url }) => [filename, url]),
    [['cattrs-24.1.2-py3-none-any.whl', 'https://files.example/c']],
  );
});

test('folders, git and archives are sources of their own', () => {
  const { packages } = select(lock, { extras: ['fast'], groups: ['dev', 'test-all'] });
  const sources = Object.fromEntries(packages.map(({ name, source }) => [name, source]));
  assert.deepEqual(sources['speed'], { kind: 'url', url: 'https://files.example/speed.zip', subdirectory: 'py' });
  assert.deepEqual(sources['pytest'], {
    kind: 'directory',
    path: '/work space/pytest/src',
    editable: true,
    virtual: false,
  });
  assert.deepEqual(sources['tox'], { kind: 'git', url: 'https://git.example/tox', commit: 'f00d' });
  assert.deepEqual(sources['local'], { kind: 'path', path: '/work space/app/dist/local-1-py3-none-any.whl' });
  const local = packages.find(({ name }) => name === 'local');
  assert.deepEqual(
    local?.wheels.map(({ filename, hashes }) => [filename, hashes]),
    [['local-1-py3-none-any.whl', ['sha256:dd']]],
  );
});

test('an image that the lock is not for is refused', () => {
  const old = markerEnvironment({ interpreter: { version: '3.10.1', implementation: 'cpython' }, machine: 'x86_64' });
  assert.throws(() => names({ environment: old }), { code: 'base-python', message: /is for Python >=3.11/ });
  assert.throws(() => names({ environment: { ...environment, sys_platform: 'emscripten' } }), {
    code: 'lock-platform',
  });
  assert.throws(() => names({ environment: { ...environment, sys_platform: 'win32' } }), { code: 'lock-platform' });
  const strict = `${head}[[packages]]\nname = "a"\nversion = "1"\nrequires-python = ">=3.13"\ndirectory = { path = "." }`;
  assert.throws(
    () => select(strict),
    (error) => {
      assert.ok(error instanceof PycontainerError);
      assert.equal(error.message, 'a 1 is for Python >=3.13, and the base has Python 3.12.7');
      assert.equal(error.location?.line, 3);
      return true;
    },
  );
});

test('extras and groups that the lock does not have are refused', () => {
  assert.throws(() => names({ extras: ['slow'] }), { code: 'extra-unknown' });
  assert.throws(() => names({ groups: ['docs'] }), { code: 'group-unknown' });
});

test('a name that stands there twice for one image is refused, and what is not git', () => {
  const twice = `${head}[[packages]]\nname = "a"\ndirectory = { path = "." }\n[[packages]]\nname = "a"\ndirectory = { path = "b" }`;
  assert.throws(() => select(twice), { code: 'dependency-conflict' });
  const hg = `${head}[[packages]]\nname = "a"\nvcs = { type = "hg", url = "x", commit-id = "1" }`;
  assert.throws(() => select(hg), { code: 'lock-unsupported' });
});

test('a newer minor format is read with a warning, a newer major one is refused', () => {
  const newer = 'lock-version = "1.1"\ncreated-by = "x"\npackages = []\n';
  const { packages, warnings } = select(newer);
  assert.deepEqual(
    [packages, warnings.map(({ code, location }) => [code, location?.line])],
    [[], [['lock-unsupported', 1]]],
  );
  assert.throws(() => select(newer.replace('1.1', '2.0')), { code: 'lock-unsupported' });
});

test('a mistake is told with its line', () => {
  const wheel = (name: string, more = ''): string =>
    `${head}[[packages]]\nname = "a"\nversion = "1.0"\nwheels = [{ url = "https://x/${name}", hashes = { sha256 = "0" }${more} }]\n`;
  for (const [text, line, message] of [
    ['created-by = "x"\npackages = []\n', 1, /lock-version is missing/],
    [head, 1, /packages is missing/],
    [`${head}packages = []\nenvironments = ["os_name == 'a'", "os"]\n`, 4, /"os" is not a marker/],
    [`${head}packages = []\nrequires-python = "3"\n`, 4, /"3" is not a version specifier/],
    [`${head}packages = []\nextras = ["Fast"]\n`, 4, /"Fast" is not normalized/],
    [`${head}[[packages]]\nname = "a"\n`, 3, /a must have wheels, sdist, or one of vcs, directory, archive/],
    [
      `${head}[[packages]]\nname = "a"\nindex = "x"\nvcs = { type = "git", commit-id = "1" }\n`,
      6,
      /vcs has neither url nor path/,
    ],
    [wheel('a-1.0.whl'), 6, /is not the name of a wheel/],
    [wheel('b-1.0-py3-none-any.whl'), 6, /is not a file of a$/],
    [wheel('a-2.0-py3-none-any.whl'), 6, /is of another version than its package/],
    [wheel('a-1.0-py3-none-any.whl', ', size = "1"'), 6, /size must be a whole number/],
    [wheel('a-1.0-py3-none-any.whl').replace('{ sha256 = "0" }', '{}'), 6, /has no hashes/],
    [`${wheel('a-1.0-py3-none-any.whl')}directory = { path = "." }\n`, 3, /files of an index and directory besides/],
  ] as const)
    assert.throws(
      () => select(text),
      (error) => {
        assert.ok(error instanceof PycontainerError, String(error));
        assert.equal(error.code, 'lock-syntax');
        assert.match(error.message, message);
        assert.equal(error.location?.line, line, error.message);
        return true;
      },
    );
});

test('however it is damaged, it is read or refused with an error of ours', () => {
  const damage = fc.tuple(
    fc.nat(lock.length),
    fc.nat(60),
    fc.constantFrom('', '"', '[', '{}', '\n', 'x', '0', "''", '= 1\n'),
  );
  fc.assert(
    fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), (changes) => {
      let text = lock;
      for (const [start, length, put] of changes) text = text.slice(0, start) + put + text.slice(start + length);
      try {
        select(text, { groups: [] });
      } catch (error) {
        assert.ok(error instanceof PycontainerError, String(error));
      }
    }),
    { numRuns: 400 },
  );
});
