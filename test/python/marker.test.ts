import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { PycontainerError } from '../../src/errors.ts';
import { markerEnvironment } from '../../src/python/environment.ts';
import { evaluateMarker, formatMarker, parseMarker } from '../../src/python/marker.ts';
import type { MarkerContext } from '../../src/python/marker.ts';
import { pieces, textsOf } from './arbitraries.ts';

const environment = markerEnvironment({
  interpreter: { version: '3.12.7', implementation: 'cpython' },
  machine: 'aarch64',
});
const holds = (text: string, context?: MarkerContext): boolean =>
  evaluateMarker(parseMarker(text), environment, context);

test('the environment is that of Python in a Linux image', () => {
  assert.deepEqual(environment, {
    implementation_name: 'cpython',
    implementation_version: '3.12.7',
    os_name: 'posix',
    platform_machine: 'aarch64',
    platform_python_implementation: 'CPython',
    platform_release: '',
    platform_system: 'Linux',
    platform_version: '',
    python_full_version: '3.12.7',
    python_version: '3.12',
    sys_platform: 'linux',
  });
  const pypy = markerEnvironment({ interpreter: { version: '3.10.14', implementation: 'pypy' }, machine: 'x86_64' });
  assert.equal(pypy.platform_python_implementation, 'PyPy');
  assert.equal(pypy.python_version, '3.10');
});

test('versions are compared as versions, everything else as text', () => {
  for (const [marker, answer] of [
    ['python_version >= "3.9"', true],
    ['python_version < "3.9"', false],
    ['"3.9" < python_version', true],
    ['python_full_version ~= "3.12.1"', true],
    ['python_version == "3.*"', true],
    ['python_version in "3.11,3.12"', true],
    ['python_version not in "3.11 3.13"', true],
    ['python_version >= "three"', false],
    ['platform_release >= "4"', false],
    ['implementation_version < "4"', true],
    ['sys_platform == "linux"', true],
    ["os.name != 'nt'", true],
    ['python_implementation == "CPython"', true],
    ['platform_machine in "x86_64 aarch64"', true],
    ['sys_platform > "a"', false],
    ['sys_platform <= "linux"', true],
    ['"lin" in sys_platform', true],
  ] as const)
    assert.equal(holds(marker), answer, marker);
});

test('and binds closer than or, and parentheses closest', () => {
  const [yes, no] = ['os_name == "posix"', 'os_name == "nt"'];
  assert.ok(holds(`${yes} or ${no} and ${no}`));
  assert.ok(!holds(`(${yes} or ${no}) and ${no}`));
  assert.ok(holds(`${no} and ${no} or ${yes} and ${yes}`));
});

test('an extra is compared in any spelling, several at once as uv needs', () => {
  assert.ok(!holds('extra == "dev"'));
  assert.ok(holds('extra != "dev"'));
  assert.ok(holds('extra == "Foo_Bar"', { extra: 'foo.BAR' }));
  const both = { extra: new Set(['extra-3-app-cpu', 'Dev']) };
  assert.ok(holds("extra == 'extra-3-app-cpu' and extra == 'dev'", both));
  assert.ok(!holds("extra != 'dev'", both));
  assert.ok(holds("extra != 'docs'", both));
  assert.ok(!holds("extra == 'dev'", { extra: new Set() }));
});

test('extras and dependency groups are sets that only lock files have', () => {
  const context = { extras: new Set(['Foo_Bar']), groups: new Set(['dev']) };
  assert.ok(holds('"foo-bar" in extras and "DEV" in dependency_groups', context));
  assert.ok(holds('"docs" not in dependency_groups', context));
  assert.ok(!holds('"dev" == dependency_groups', context));
  assert.throws(() => holds('extras == "x"', context), { code: 'marker-invalid' });
  assert.throws(() => holds('"x" in extras'), { code: 'marker-invalid', hint: '"extras" has no value here.' });
});

test('a comparison without meaning is an error wherever it stands', () => {
  for (const marker of [
    'os_name ~= "posix"',
    'os_name == "posix" or sys_platform === "linux"',
    'python_version ~= "3"',
    '"a" == "b"',
  ])
    assert.throws(() => holds(marker), { name: 'PycontainerError', code: 'marker-invalid' }, marker);
});

test('markers are written with one space and double quotes, parentheses kept where they were', () => {
  for (const [text, written] of [
    [
      " os.name=='nt'and(python_version<'3'or extra=='X_y') ",
      'os_name == "nt" and (python_version < "3" or extra == "x-y")',
    ],
    [
      '((os_name == "a" and os_name == "b")) or os_name == "c"',
      '(os_name == "a" and os_name == "b") or os_name == "c"',
    ],
    ['((os_name not  in "a"))', 'os_name not in "a"'],
    [`os_name == 'a"b'`, `os_name == 'a"b'`],
    [String.raw`os_name == "\x41\n\\"`, String.raw`os_name == "A\x0a\\"`],
    ['python_implementation == "PyPy"', 'platform_python_implementation == "PyPy"'],
  ] as const)
    assert.equal(formatMarker(parseMarker(text)), written);
});

test('what is no marker is refused, with the place', () => {
  for (const text of [
    '',
    'python_version',
    'os_name = "a"',
    'foo == "1"',
    'os_name == "a" and',
    '(os_name == "a"',
    'os_name == "a")',
    'os_name == "a',
    String.raw`os_name == "a\"`,
    'os_name == "a"\n',
    'os_name notin "a"',
    'python_versionx == "1"',
    'os_name == "a\nb"',
  ])
    assert.throws(() => parseMarker(text), { name: 'PycontainerError', code: 'marker-invalid' }, text);
  assert.throws(() => parseMarker('os_name is "a"'), { message: /character 9 should be one of == !=/ });
});

test('nesting without end is refused', () => {
  const nested = (depth: number): string => `${'('.repeat(depth)}os_name == "posix"${')'.repeat(depth)}`;
  assert.ok(holds(nested(100)));
  assert.throws(() => parseMarker(nested(100_000)), { code: 'marker-invalid' });
});

test('any text is a marker that can be written and read again, or an error of ours', () => {
  fc.assert(
    fc.property(textsOf(pieces), (text) => {
      try {
        const written = formatMarker(parseMarker(text));
        assert.equal(formatMarker(parseMarker(written)), written);
      } catch (error) {
        assert.ok(error instanceof PycontainerError);
      }
    }),
    { numRuns: 1000 },
  );
});

test('any value survives writing and reading', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('\\', '"', "'", '\n', '\r', '\0', 'x', '4', '1', 'é') }), (value) => {
      const marker = {
        kind: 'comparison',
        left: { kind: 'variable', name: 'os_name' },
        operator: '==',
        right: { kind: 'value', value },
      } as const;
      assert.deepEqual(parseMarker(formatMarker(marker)), marker);
    }),
    { numRuns: 1000 },
  );
});
