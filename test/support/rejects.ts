import assert from 'node:assert/strict';
import { PycontainerError, type ErrorCode } from '../../src/errors.ts';

/** Waits for the failure, asserts its code (and message), and gives it back. */
export async function rejectsWith(
  promise: Promise<unknown>,
  code: ErrorCode,
  message?: RegExp,
): Promise<PycontainerError> {
  const error = await promise.then(
    () => assert.fail(`expected ${code}, but it succeeded`),
    (error: unknown) => error,
  );
  assert(error instanceof PycontainerError, `not an error of ours: ${String(error)}`);
  assert.equal(error.code, code, error.message);
  if (message !== undefined) assert.match(error.message, message);
  return error;
}
