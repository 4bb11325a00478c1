import assert from 'node:assert/strict';
import { test } from 'node:test';
import { markersAgree } from '../../../src/python/lock/markers-agree.ts';
import { parseMarker } from '../../../src/python/marker.ts';
import { parseSpecifiers } from '../../../src/python/specifier.ts';

function agree(left: readonly string[], right: readonly string[], requiresPython = '>=3.9'): boolean {
  const parse = (text: string): ReturnType<typeof parseMarker> | undefined =>
    text === '' ? undefined : parseMarker(text);
  return markersAgree(left.map(parse), right.map(parse), parseSpecifiers(requiresPython));
}

const same: readonly (readonly [left: string[], right: string[]])[] = [
  [["python_version < '3.12'"], ["python_full_version < '3.12'"]],
  [["python_version >= '3.6'"], ['']],
  [["python_version < '3.8'"], []],
  [["sys_platform == 'win32' or sys_platform == 'linux'"], ["sys_platform == 'linux'", "sys_platform == 'win32'"]],
  [["extra == 'a' and os_name == 'posix'"], ["os_name == 'posix' and extra == 'A'"]],
  [["python_version > '3.9' and python_version < '3.11'"], ["python_version == '3.10'"]],
];

for (const [left, right] of same)
  test(`${left.join(' | ')} says the same as ${right.join(' | ') || 'nothing'}`, () => {
    assert.equal(agree(left, right), true);
    assert.equal(agree(right, left), true);
  });

const different: readonly (readonly [left: string[], right: string[]])[] = [
  [["python_version < '3.12'"], ["python_version < '3.13'"]],
  [["python_full_version < '3.12.4'"], ["python_full_version < '3.12.5'"]],
  [["sys_platform == 'linux'"], ['']],
  [["extra == 'a'"], ["extra == 'b'"]],
  [["extra == 'a'"], ['']],
  [["platform_machine == 's390x'"], []],
  [["implementation_name == 'pypy'"], ["implementation_name == 'graalpy'"]],
  [[''], []],
];

for (const [left, right] of different)
  test(`${left.join(' | ') || 'always'} says other than ${right.join(' | ') || 'nothing'}`, () => {
    assert.equal(agree(left, right), false);
    assert.equal(agree(right, left), false);
  });
