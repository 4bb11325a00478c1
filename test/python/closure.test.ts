import assert from 'node:assert/strict';
import { it } from 'node:test';
import { unmetRequirements } from '../../src/python/closure.ts';
import { markerEnvironment } from '../../src/python/environment.ts';

const environment = markerEnvironment({
  interpreter: { version: '3.12.7', implementation: 'cpython' },
  machine: 'x86_64',
});

/** `name version`, and what it requires. */
type Distributions = Readonly<Record<string, readonly string[]>>;

function unmet(list: Distributions, others?: ReadonlyMap<string, string | undefined>): string[] {
  const distributions = Object.entries(list).map(([text, requiresDist]) => {
    const [name = '', version = ''] = text.split(' ');
    return { name, version, requiresDist };
  });
  return unmetRequirements(distributions, environment, others).map(({ requirer, requirement, found }) =>
    [requirer, requirement, ...(found === undefined ? [] : [`has ${found}`])].join(' | '),
  );
}

const cases: Readonly<Record<string, readonly [Distributions, readonly string[]]>> = {
  'what is there and fits is met': [{ 'a 1': ['b', 'c>=2,<3'], 'b 1': [], 'c 2.5': [] }, []],
  'what is not there is named as it is required': [{ 'a 1': ['b[x]>=2 ; python_version > "3"'] }, ['a | b[x]>=2']],
  'another version is named with the one that is there': [{ 'a 1': ['b>=2'], 'b 1.5': [] }, ['a | b>=2 | has 1.5']],
  'names are compared as PEP 503 wants': [{ 'a 1': ['Zope.Interface'], 'zope-interface 5': [] }, []],
  'a pre-release that is installed fits, as pip check has it': [{ 'a 1': ['b>=1'], 'b 2.0rc1': [] }, []],
  'a local version fits': [{ 'a 1': ['torch==2.1.0'], 'torch 2.1.0+cpu': [] }, []],
  'a requirement of another platform or Python is passed over': [
    { 'a 1': ['w; sys_platform == "win32"', 'p; python_version < "3.9"', 'm; platform_machine == "aarch64"'] },
    [],
  ],
  'a requirement of an extra is passed over': [{ 'a 1': ['b; extra == "x"', 'c; extra != "x"'] }, ['a | c']],
  'a requirement that cannot be read is passed over': [{ 'a 1': ['b >> 1', '', 'c; nonsense == 1', 'd'] }, ['a | d']],
  'itself with an extra is there': [{ 'a 1': ['a[x]'] }, []],
  'each one that lacks is told, in order': [{ 'a 1': ['z', 'y'], 'b 1': ['z'] }, ['a | z', 'a | y', 'b | z']],
};

for (const [what, [list, expected]] of Object.entries(cases)) {
  it(what, () => assert.deepEqual(unmet(list), expected));
}

it('what is there besides counts, whatever its version where that is not known', () => {
  assert.deepEqual(
    unmet(
      { 'a 1': ['own>=9', 'kit>=2'] },
      new Map([
        ['own', undefined],
        ['kit', '1'],
      ]),
    ),
    ['a | kit>=2 | has 1'],
  );
});

it('a version that is no version fits where any does', () => {
  assert.deepEqual(unmet({ 'a 1': ['b', 'c>=1'], 'b odd': [], 'c odd': [] }), ['a | c>=1 | has odd']);
});
