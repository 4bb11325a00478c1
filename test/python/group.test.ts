import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveGroups } from '../../src/python/group.ts';
import { formatRequirement } from '../../src/python/requirement.ts';

const resolve = (table: Readonly<Record<string, unknown>>, ...names: string[]): string[] =>
  resolveGroups(table, names).map(formatRequirement);
const include = (name: string): Readonly<Record<string, string>> => ({ 'include-group': name });

test('includes are followed where they stand, names in any spelling', () => {
  const table = { Test_All: ['pytest>=8', include('COV'), 'tox'], cov: ['coverage[toml]'], empty: [] };
  assert.deepEqual(resolve(table, 'test-all', 'empty'), ['pytest>=8', 'coverage[toml]', 'tox']);
  assert.deepEqual(resolve(table, 'cov', 'test.all'), ['coverage[toml]', 'pytest>=8', 'coverage[toml]', 'tox']);
});

test('only the groups that are asked for are looked into', () => {
  assert.deepEqual(resolve({ good: ['a'], bad: [7], worse: 'text' }, 'good'), ['a']);
});

test('a group that is not there is named, with those that are', () => {
  assert.throws(() => resolve({ dev: [], docs: [] }, 'Test'), {
    code: 'group-unknown',
    message: 'There is no dependency group "test"',
    hint: 'Groups are: dev, docs.',
  });
  assert.throws(() => resolve({ dev: [include('gone')] }, 'dev'), {
    message: 'There is no dependency group "gone", which "dev" includes',
  });
  assert.throws(() => resolve({}, '__proto__'), { code: 'group-unknown' });
});

test('circles, double names and members of other kinds are refused', () => {
  for (const [table, message] of [
    [{ a: [include('b')], b: [include('A')] }, /includes itself: a → b → a$/],
    [{ a: [], A: [] }, /several spellings: a, A$/],
    [{ a: 'pytest' }, /is not a list$/],
    [{ a: [7] }, /neither a requirement nor/],
    [{ a: [null] }, /neither a requirement nor/],
    [{ a: [{}] }, /neither a requirement nor/],
    [{ a: [{ ...include('b'), more: 1 }], b: [] }, /neither a requirement nor/],
  ] as const)
    assert.throws(() => resolve(table, 'a'), { code: 'project-invalid', message });
  assert.throws(() => resolve({ a: ['not a requirement'] }, 'a'), { code: 'requirement-invalid' });
});

test('chains without end and lists that double with each include are refused', () => {
  const chain = Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`g${n}`, [include(`g${n + 1}`)]]));
  assert.throws(() => resolve(chain, 'g0'), { code: 'project-invalid' });
  const doubling = Object.fromEntries(
    Array.from({ length: 100 }, (_, n) => [`g${n}`, [include(`g${n + 1}`), include(`g${n + 1}`)]]),
  );
  assert.throws(() => resolve({ ...doubling, g100: ['a'] }, 'g0'), { code: 'project-invalid' });
});
