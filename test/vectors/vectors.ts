import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { PycontainerError } from '../../src/errors.ts';

/** The folder with what the real libraries answer; see test/vectors/available.test.ts for where there is none. */
export const vectorsFolder: string | undefined = process.env['PYCONTAINER_VECTORS'];

/** One file of vectors; whoever reads it knows its shape. */
export function loadVectors(name: string): unknown {
  assert.ok(vectorsFolder !== undefined);
  return JSON.parse(gunzipSync(readFileSync(join(vectorsFolder, `${name}.json.gz`))).toString('utf8'));
}

/** A test that is there only where the vectors are. */
export function vectorTest(title: string, body: (t: TestContext) => void | Promise<void>): void {
  if (vectorsFolder !== undefined) test(title, body);
}

/**
 * Asks the product each question and compares with the answer that the real library gave. Fails with the first
 * differences, prints how many were asked.
 */
export function compareAll<Case>(
  t: TestContext,
  what: string,
  cases: readonly Case[],
  actual: (one: Case) => unknown,
  expected: (one: Case) => unknown,
): void {
  const differences = cases.flatMap((one) => {
    const [got, wanted] = [JSON.stringify(actual(one)), JSON.stringify(expected(one))];
    return got === wanted ? [] : [`${JSON.stringify(one).slice(0, 400)}\n    got    ${got}\n    wanted ${wanted}`];
  });
  t.diagnostic(`${cases.length.toLocaleString('en')} ${what}`);
  assert.ok(cases.length > 0, `no ${what}`);
  const head = differences.slice(0, 10).join('\n  ');
  assert.equal(differences.length, 0, `${differences.length} of ${cases.length} ${what} differ:\n  ${head}`);
}

/** What a function gives, or 'error' for an error of ours; any other error is a failure. */
export function orError<T>(run: () => T): T | 'error' {
  try {
    return run();
  } catch (error) {
    if (error instanceof PycontainerError) return 'error';
    throw error;
  }
}
