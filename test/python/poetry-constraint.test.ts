import assert from 'node:assert/strict';
import { test } from 'node:test';
import { poetrySpecifiers } from '../../src/python/poetry-constraint.ts';

const rows: readonly (readonly [constraint: string, specifiers: readonly string[]])[] = [
  ['*', ['']],
  ['^1.2.3', ['>=1.2.3,<2.0.0']],
  ['^1.2', ['>=1.2,<2.0']],
  ['^1', ['>=1,<2']],
  ['^0.2.3', ['>=0.2.3,<0.3.0']],
  ['^0.0.3', ['>=0.0.3,<0.0.4']],
  ['^0.0', ['>=0.0,<0.1']],
  ['^0', ['>=0,<1']],
  ['^1.0b1', ['>=1.0b1,<2.0']],
  ['~1.2.3', ['>=1.2.3,<1.3.0']],
  ['~1.2', ['>=1.2,<1.3']],
  ['~1', ['>=1,<2']],
  ['~=1.2', ['~=1.2']],
  ['1.2', ['==1.2']],
  ['=1.2', ['==1.2']],
  ['1.*', ['==1.*']],
  ['>=3.8.*,<4.*', ['>=3.8,<4']],
  ['>=1,<2', ['>=1,<2']],
  ['>= 1, < 2', ['>=1,<2']],
  ['>=1 <2', ['>=1,<2']],
  ['(>=1,<2 || >=3)', ['>=1,<2', '>=3']],
  ['^2.7 || ^3.8', ['>=2.7,<3.0', '>=3.8,<4.0']],
  ['^3.8 | ^4', ['>=3.8,<4.0', '>=4,<5']],
];

for (const [constraint, specifiers] of rows)
  test(`Poetry's ${constraint} is ${specifiers.join(' or ') || 'every version'}`, () => {
    assert.deepEqual(poetrySpecifiers(constraint), specifiers);
  });
