import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { markerEnvironment } from '../../../src/python/environment.ts';
import { readPylock } from '../../../src/python/lock/pylock.ts';
import { formatPylock, type PylockContent, type PylockEntry } from '../../../src/python/lock/pylock-write.ts';
import { evaluateMarker, parseMarker } from '../../../src/python/marker.ts';

const place = { folder: '/project/shop/api', root: '/project/shop' };
const made = { from: 'requirements.in', requirements: ['a>=1', 'b'], constraints: [] };
const sha256 = 'ab'.repeat(32);

const entry = (name: string, change: Partial<PylockEntry> = {}): PylockEntry => ({
  name,
  version: '1.0',
  source: { kind: 'index' },
  wheels: [
    {
      filename: `${name}-1.0-py3-none-any.whl`,
      url: `https://files.example/${name}-1.0-py3-none-any.whl`,
      hashes: [`sha256:${sha256}`],
      sizeBytes: 7,
    },
  ],
  dependencies: [],
  ...change,
});

const content = (packages: readonly PylockEntry[], change: Partial<PylockContent> = {}): PylockContent => ({
  environments: [],
  packages,
  made,
  ...change,
});

test('a lock reads like this', () => {
  const packages = [
    entry('b', {
      marker: parseMarker("sys_platform == 'linux'"),
      requiresPython: '>=3.9',
      dependencies: ['c', 'a', 'c'],
    }),
    entry('a', {
      source: { kind: 'index', url: 'https://pypi.org/simple' },
      wheels: [
        {
          filename: 'a-1.0-py3-none-any.whl',
          url: 'file:///project/shop/wheels/a-1.0-py3-none-any.whl',
          hashes: ['sha256:00', 'md5:11'],
        },
      ],
    }),
    entry('own', {
      source: { kind: 'directory', path: '/project/shop/api', editable: true, virtual: false },
      wheels: [],
    }),
    entry('link', { source: { kind: 'url', url: 'https://files.example/link-1.0-py3-none-any.whl' } }),
  ];
  const environments = [parseMarker("platform_machine == 'x86_64'")];
  const text = formatPylock(
    content(packages, { environments, requiresPython: '==3.12.*', made: { ...made, constraints: ['b<2 "\\\u007f'] } }),
    place,
  );
  assert.equal(
    text,
    `lock-version = "1.0"
environments = ["platform_machine == \\"x86_64\\""]
requires-python = "==3.12.*"
created-by = "pycontainer"

[[packages]]
name = "a"
version = "1.0"
index = "https://pypi.org/simple"
wheels = [
  { name = "a-1.0-py3-none-any.whl", path = "../wheels/a-1.0-py3-none-any.whl", hashes = { md5 = "11", sha256 = "00" } },
]

[[packages]]
name = "b"
version = "1.0"
marker = "sys_platform == \\"linux\\""
requires-python = ">=3.9"
dependencies = [{ name = "a" }, { name = "c" }]
wheels = [
  { name = "b-1.0-py3-none-any.whl", url = "https://files.example/b-1.0-py3-none-any.whl", size = 7, hashes = { sha256 = "${sha256}" } },
]

[[packages]]
name = "link"
version = "1.0"
archive = { url = "https://files.example/link-1.0-py3-none-any.whl", size = 7, hashes = { sha256 = "${sha256}" } }

[[packages]]
name = "own"
version = "1.0"
directory = { path = ".", editable = true }

[tool.pycontainer]
from = "requirements.in"
requirements = [
  "a>=1",
  "b",
]
constraints = [
  "b<2 \\"\\\\\\u007f",
]
`,
  );
  const lock = readPylock(text, '/project/shop/api/pylock.api.toml', 'pylock.api.toml');
  assert.deepEqual(lock.made?.constraints, ['b<2 "\\\u007f']);
});

test('a lock of nothing is a lock', () => {
  const lock = readPylock(formatPylock(content([]), place), '/project/shop/api/pylock.api.toml', 'pylock.api.toml');
  assert.deepEqual(lock.select({ environment: environments[0], tags: [], extras: [], groups: [] }).packages, []);
});

const environments = ['x86_64', 'aarch64'].map((machine) =>
  markerEnvironment({ interpreter: { version: '3.12.7', implementation: 'cpython' }, machine }),
) as [ReturnType<typeof markerEnvironment>, ReturnType<typeof markerEnvironment>];

const names = fc.constantFrom('a', 'a-b', 'b', 'zz', 'constructor', 'x9');
const hex = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'.split('')), minLength: 64, maxLength: 64 });
const urls = fc.constantFrom(
  'https://files.example/',
  'https://h/%22q%22/',
  'file:///project/shop/w/',
  'file:///elsewhere/',
);

const packages = fc.uniqueArray(
  fc
    .record({
      name: names,
      version: fc.constantFrom('1.0', '2.0rc1', '1!3.post1', '4+local.1'),
      machine: fc.option(fc.constantFrom('x86_64', 'aarch64'), { nil: undefined }),
      files: fc.uniqueArray(fc.record({ build: fc.integer({ min: 1, max: 9 }), url: urls, hex }), {
        selector: ({ build }) => build,
        minLength: 1,
        maxLength: 3,
      }),
      dependencies: fc.array(names, { maxLength: 3 }),
      index: fc.option(fc.constant('https://pypi.org/simple'), { nil: undefined }),
    })
    .map(({ name, version, machine, files, dependencies, index }): PylockEntry => ({
      name,
      version,
      ...(machine === undefined ? {} : { marker: parseMarker(`platform_machine == '${machine}'`) }),
      source: { kind: 'index', ...(index === undefined ? {} : { url: index }) },
      wheels: files.map(({ build, url, hex }) => {
        const filename = `${name.replaceAll('-', '_')}-${version}-${build}-py3-none-any.whl`;
        return { filename, url: `${url}${encodeURIComponent(filename)}`, hashes: [`sha256:${hex}`], sizeBytes: build };
      }),
      dependencies,
    })),
  { selector: ({ name }) => name, maxLength: 6 },
);

test('the reader selects from what was written just what was given, and order never matters', () => {
  fc.assert(
    fc.property(packages, fc.constantFrom(...environments), (entries, environment) => {
      const text = formatPylock(content(entries), place);
      assert.equal(formatPylock(content(entries.toReversed()), place), text);
      const file = path.join(place.folder, 'pylock.api.toml');
      const lock = readPylock(text, file, 'pylock.api.toml');
      const selected = lock.select({ environment, tags: [], extras: [], groups: [] }).packages;
      const expected = entries
        .filter(({ marker }) => marker === undefined || evaluateMarker(marker, environment))
        .toSorted((a, b) => (a.name < b.name ? -1 : 1));
      assert.deepEqual(
        selected.map(({ name, version, source, wheels, requires }) => ({
          name,
          version,
          source,
          requires,
          wheels: wheels.map(({ filename, url, hashes, sizeBytes }) => [filename, decoded(url), hashes, sizeBytes]),
        })),
        expected.map(({ name, version, source, wheels, dependencies }) => ({
          name,
          version,
          source,
          requires: [...new Set(dependencies)].filter((other) => expected.some((one) => one.name === other)).toSorted(),
          wheels: wheels
            .map(({ filename, url, hashes, sizeBytes }) => [filename, decoded(url), hashes, sizeBytes] as const)
            .toSorted(([a], [b]) => (a < b ? -1 : 1))
            .map((one) => [...one]),
        })),
      );
      assert.deepEqual(lock.made, made);
    }),
    { numRuns: 200 },
  );
});

/** A file's URL is written as its path, and comes back in the spelling of this machine. */
function decoded(url: string | undefined): string | undefined {
  return url?.startsWith('file:') === true ? decodeURIComponent(url) : url;
}
