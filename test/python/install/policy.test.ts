import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PycontainerError } from '../../../src/errors.ts';
import { wheelError, wheelProblem, wheelProblems } from '../../../src/python/install/problem.ts';
import { policyTable } from '../../support/policy.ts';

test('the page about wheels has a row for each problem, and says which are stricter than pip', () => {
  const rows = policyTable('Refused').map(([name, , stricter]) => `${name}: ${stricter === 'yes'}`);
  const problems = Object.entries(wheelProblems).map(([name, { stricter }]) => `${name}: ${stricter}`);
  assert.deepEqual(rows, problems.sort());
});

test('a refusal names the wheel and the problem, and the problem can be read from it', () => {
  const error = wheelError('symlink', 'demo-1.0-py3-none-any.whl', '"demo/link"');
  assert.match(error.message, /^demo-1\.0-py3-none-any\.whl is refused \(symlink\): .*link: "demo\/link"$/);
  assert.equal(error.code, 'wheel-invalid');
  assert.equal(wheelProblem(error), 'symlink');
});

test('other errors stand for no problem of a wheel', () => {
  assert.equal(wheelProblem(new Error('x is refused (symlink): y')), undefined);
  assert.equal(wheelProblem(new PycontainerError('internal', 'x is refused (symlink): y')), undefined);
  assert.equal(wheelProblem(new PycontainerError('wheel-invalid', 'x is refused (unheard-of): y')), undefined);
});
